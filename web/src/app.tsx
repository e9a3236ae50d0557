/** The gate: what is shown depends on who is signed in. */
import { useEffect } from 'react';
import { ChatScreen } from './chat-screen.tsx';
import { useObservable } from './hooks/use-observable.ts';
import { SessionContext } from './hooks/use-session.ts';
import type { Session } from './session/session.ts';
import { SignInScreen } from './sign-in/sign-in-screen.tsx';
import { Starting } from './starting.tsx';
import { Button } from './ui/button.tsx';
import { Logo } from './ui/logo.tsx';

export function App({ session }: { session: Session }) {
  const state = useObservable(session.state);
  return (
    <SessionContext value={session}>
      {state.kind === 'starting' ? <Starting /> : null}
      {state.kind === 'unreachable' ? <Unreachable onRetry={() => void session.refresh()} /> : null}
      {state.kind === 'signed_out' ? <SignInScreen by={state.by} /> : null}
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
    <main className="flex min-h-dvh flex-col items-center justify-center gap-4 px-6 text-center">
      <Logo className="size-14" />
      <h1 className="text-xl font-semibold">Natter cannot be reached</h1>
      <p className="max-w-sm text-muted">Check your connection. Nothing that you wrote is lost.</p>
      <Button tone="primary" onClick={onRetry}>
        Try again
      </Button>
    </main>
  );
}
