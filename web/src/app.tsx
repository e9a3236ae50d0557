/** The gate: what is shown depends on who is signed in. */
import { useEffect } from 'react';
import { ChatScreen } from './chat-screen.tsx';
import { useObservable } from './hooks/use-observable.ts';
import { SessionContext } from './hooks/use-session.ts';
import type { Session } from './session/session.ts';
import { OtherUser } from './sign-in/other-user.tsx';
import { SignInScreen } from './sign-in/sign-in-screen.tsx';
import { Starting } from './starting.tsx';
import { Button } from './ui/button.tsx';
import { FullPage } from './ui/full-page.tsx';

export function App({ session }: { session: Session }) {
  const state = useObservable(session.state);
  return (
    <SessionContext value={session}>
      {state.kind === 'starting' ? <Starting /> : null}
      {state.kind === 'unreachable' ? <Unreachable onRetry={() => void session.refresh()} /> : null}
      {state.kind === 'signed_out' ? <SignInScreen by={state.by} /> : null}
      {state.kind === 'other_user' ? <OtherUser me={state.me} was={state.was} /> : null}
      {state.kind === 'signed_in' ? <ChatScreen key={state.me.user_id} signedIn={state} /> : null}
    </SessionContext>
  );
}

function Unreachable({ onRetry }: { onRetry: () => void }) {
  useEffect(() => {
    addEventListener('online', onRetry);
    return () => removeEventListener('online', onRetry);
  }, [onRetry]);
  return (
    <FullPage title="Natter cannot be reached" text="Check your connection. Nothing that you wrote is lost.">
      <Button tone="primary" onClick={onRetry}>
        Try again
      </Button>
    </FullPage>
  );
}
