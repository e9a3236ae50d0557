/** The left column: who I am, a new conversation, all conversations. */
import { SquarePen } from 'lucide-react';
import { useEffect, useState } from 'react';
import { NewConversationDialog } from '../people/new-conversation-dialog.tsx';
import { useSignedIn } from '../hooks/use-session.ts';
import { IconButton } from '../ui/button.tsx';
import { Logo } from '../ui/logo.tsx';
import { AccountMenu } from './account-menu.tsx';
import { ConversationList } from './conversation-list.tsx';

export function Sidebar({ selectedId }: { selectedId: string | null }) {
  const [isStarting, setIsStarting] = useState(false);
  return (
    <>
      <header className="flex items-center gap-2.5 px-4 pt-[max(0.75rem,env(safe-area-inset-top))] pb-2">
        <Logo className="size-8" />
        <h1 className="flex-1 text-lg font-semibold tracking-tight">Natter</h1>
        <IconButton label="New conversation" onClick={() => setIsStarting(true)}>
          <SquarePen className="size-5" />
        </IconButton>
        <AccountMenu />
      </header>
      <KeepsNothing />
      <ConversationList selectedId={selectedId} onStart={() => setIsStarting(true)} />
      <NewConversationDialog open={isStarting} onOpenChange={setIsStarting} />
    </>
  );
}

/** Private windows, a broken or a full disk: everything works, as long as the page is there. */
function KeepsNothing() {
  const { keeps } = useSignedIn();
  const [isTrue, setIsTrue] = useState(false);
  useEffect(() => {
    let isGone = false;
    void keeps.then((does) => isGone || setIsTrue(!does));
    return () => void (isGone = true);
  }, [keeps]);
  return (
    <div role="status">
      {isTrue ? (
        <p className="mx-4 mb-1 rounded-lg bg-warn-soft px-3 py-1.5 text-sm text-warn">
          This browser lets Natter keep nothing on this device. Leave the page open until everything is sent.
        </p>
      ) : null}
    </div>
  );
}
