/** Finding somebody to talk to, or several for a group. The new conversation is opened at once. */
import { Users } from 'lucide-react';
import { useRef, useState } from 'react';
import type { PublicProfile } from '../../../protocol/accounts.ts';
import type { Conversation } from '../../../protocol/conversations.ts';
import { uuidv7 } from '../../../protocol/ids.ts';
import { GROUP_MEMBERS_MAX, TITLE_CHARACTERS_MAX } from '../../../protocol/limits.ts';
import { navigate } from '../hooks/use-route.ts';
import { useSignedIn } from '../hooks/use-session.ts';
import { asked } from '../session/asked.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Failure } from '../ui/failure.tsx';
import { FormField } from '../ui/form-field.tsx';
import { PeoplePicker } from './people-picker.tsx';

export function NewConversationDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const [isGroup, setIsGroup] = useState(false);
  function change(next: boolean): void {
    onOpenChange(next);
    if (!next) setIsGroup(false);
  }
  return (
    <Dialog title={isGroup ? 'New group' : 'New conversation'} open={open} onOpenChange={change}>
      {isGroup ? <NewGroup onDone={() => change(false)} /> : <NewDirect onGroup={() => setIsGroup(true)} onDone={() => change(false)} />}
    </Dialog>
  );
}

function NewDirect({ onGroup, onDone }: { onGroup: () => void; onDone: () => void }) {
  const { me, client } = useSignedIn();
  const creation = useCreation(onDone);
  return (
    <>
      <PeoplePicker
        label="Find people"
        leaveOut={new Set([me.user_id])}
        busy={creation.busy}
        onChoose={(person) => void creation.run(() => client.api.createDirect(person.user_id))}
      />
      <Failure text={creation.failure} className="mx-5 mb-3" />
      <div className="border-t border-line p-3">
        <Button className="w-full bg-transparent" onClick={onGroup}>
          <Users className="size-4" aria-hidden /> Make a group instead
        </Button>
      </div>
    </>
  );
}

function NewGroup({ onDone }: { onDone: () => void }) {
  const { me, client } = useSignedIn();
  const [title, setTitle] = useState('');
  const [chosen, setChosen] = useState<readonly PublicProfile[]>([]);
  const creation = useCreation(onDone);
  const attempt = useRef({ form: '', id: '' });
  const toggle = (person: PublicProfile) =>
    setChosen((before) => {
      const others = before.filter((one) => one.user_id !== person.user_id);
      return others.length === before.length ? [...before, person] : others;
    });
  const isFull = chosen.length >= GROUP_MEMBERS_MAX - 1;
  function create(): void {
    const members = chosen.map((person) => person.user_id);
    const form = JSON.stringify([title.trim(), members]);
    // The same group asked for again, after an answer that was lost, is the same group.
    if (attempt.current.form !== form) attempt.current = { form, id: uuidv7(Date.now()) };
    void creation.run(() => client.api.createGroup(title.trim(), members, attempt.current.id));
  }
  const isReady = title.trim() !== '' && chosen.length > 0 && !creation.busy;
  return (
    <form
      className="flex min-h-0 flex-1 flex-col"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) create();
      }}
    >
      <div className="px-5 pb-3">
        <FormField
          label="Name of the group"
          value={title}
          maxLength={TITLE_CHARACTERS_MAX}
          autoComplete="off"
          required
          onChange={(event) => setTitle(event.target.value)}
        />
      </div>
      <PeoplePicker
        label="Add people"
        leaveOut={new Set([me.user_id])}
        chosen={chosen}
        onChoose={(person) => {
          if (!isFull || chosen.some((one) => one.user_id === person.user_id)) toggle(person);
        }}
      />
      <Failure text={isFull ? `A group has room for ${GROUP_MEMBERS_MAX} people.` : creation.failure} className="mx-5 mb-3" />
      <div className="border-t border-line p-3">
        <Button type="submit" tone="primary" className="w-full" disabled={!isReady}>
          {creation.busy ? 'One moment…' : chosen.length > 0 ? `Make a group of ${chosen.length + 1}` : 'Choose at least one person'}
        </Button>
      </div>
    </form>
  );
}

function useCreation(onDone: () => void) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  async function run(create: () => Promise<Conversation>): Promise<void> {
    setBusy(true);
    setFailure(null);
    const created = await asked(create());
    setBusy(false);
    if (!created.ok) return setFailure(created.refusal.detail);
    navigate({ page: 'conversation', conversationId: created.value.conversation_id });
    onDone();
  }
  return { busy, failure, run };
}
