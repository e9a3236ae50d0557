/** The left column: who I am, a new conversation, all conversations. */
import { SquarePen } from 'lucide-react';
import { useState } from 'react';
import { NewConversationDialog } from '../people/new-conversation-dialog.tsx';
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
      <ConversationList selectedId={selectedId} onStart={() => setIsStarting(true)} />
      <NewConversationDialog open={isStarting} onOpenChange={setIsStarting} />
    </>
  );
}
