/** A group's people: who they are, and for owners and admins to add, remove and rename. */
import type { TimelineView } from '@natter/client';
import { ArrowLeft, LogOut, UserPlus } from 'lucide-react';
import { useState } from 'react';
import type { PublicProfile } from '../../../protocol/accounts.ts';
import { GROUP_MEMBERS_MAX } from '../../../protocol/limits.ts';
import { redirect } from '../hooks/use-route.ts';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { PeoplePicker } from '../people/people-picker.tsx';
import { asked } from '../session/asked.ts';
import { Button } from '../ui/button.tsx';
import { Confirmation } from '../ui/confirmation.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Failure } from '../ui/failure.tsx';
import { InvitedPeople } from './invited-people.tsx';
import { MemberItem } from './member-item.tsx';
import { RenameForm } from './rename-form.tsx';
import type { ConversationInfo } from './use-conversation-info.ts';

interface MembersPanelProps {
  info: ConversationInfo;
  view: TimelineView;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function MembersPanel({ info, view, open, onOpenChange }: MembersPanelProps) {
  const [isAdding, setIsAdding] = useState(false);
  function change(next: boolean): void {
    onOpenChange(next);
    setIsAdding(false);
  }
  return (
    <Dialog title={isAdding ? 'Add people' : 'Group'} place="side" open={open} onOpenChange={change}>
      {isAdding ? (
        <AddMembers info={info} view={view} onBack={() => setIsAdding(false)} />
      ) : (
        <Members info={info} view={view} onAdd={() => setIsAdding(true)} />
      )}
    </Dialog>
  );
}

function Members({ info, view, onAdd }: { info: ConversationInfo; view: TimelineView; onAdd: () => void }) {
  const { me, client } = useSignedIn();
  const { name } = usePeople();
  const [failure, setFailure] = useState<string | null>(null);
  const [isLeaving, setIsLeaving] = useState(false);
  const ownRole = view.members.find((member) => member.user_id === me.user_id)?.role ?? 'member';
  const mayManage = ownRole !== 'member';
  const sorted = view.members.toSorted((one, other) => name(one.user_id).localeCompare(name(other.user_id)));

  async function attempt(answer: Promise<unknown>): Promise<boolean> {
    const outcome = await asked(answer);
    setFailure(outcome.ok ? null : outcome.refusal.detail);
    return outcome.ok;
  }
  async function leave(): Promise<void> {
    if (!(await attempt(client.api.removeMember(info.id, me.user_id)))) return;
    redirect({ page: 'list' });
  }

  return (
    <div className="scroll-thin flex min-h-0 flex-1 flex-col overflow-y-auto">
      {mayManage ? (
        <RenameForm title={info.title ?? ''} onRename={(title) => attempt(client.api.patchConversation(info.id, { title }))} />
      ) : (
        <p className="px-5 pb-3 font-semibold break-words">{info.title}</p>
      )}
      <Failure text={failure} className="mx-5 mb-3" />
      <div className="flex items-center justify-between px-5 pb-1">
        <h3 className="text-sm font-semibold text-muted">
          {view.members.length} {view.members.length === 1 ? 'member' : 'members'}
        </h3>
        {mayManage && view.members.length < GROUP_MEMBERS_MAX ? (
          <Button onClick={onAdd}>
            <UserPlus className="size-4" aria-hidden /> Add people
          </Button>
        ) : null}
      </div>
      <ul className="px-3 py-1">
        {sorted.map((member) => (
          <MemberItem
            key={member.user_id}
            member={member}
            ownRole={ownRole}
            onRemove={() => void attempt(client.api.removeMember(info.id, member.user_id))}
            onRole={(role) => void attempt(client.api.putMember(info.id, member.user_id, role))}
          />
        ))}
      </ul>
      <InvitedPeople
        conversationId={info.id}
        memberCount={view.members.length}
        onWithdraw={mayManage ? (userId) => attempt(client.api.removeMember(info.id, userId)) : undefined}
      />
      <div className="mt-auto border-t border-line p-3">
        <Button tone="danger" className="w-full" onClick={() => setIsLeaving(true)}>
          <LogOut className="size-4" aria-hidden /> Leave the group
        </Button>
      </div>
      <Confirmation
        open={isLeaving}
        title="Leave this group?"
        text="You no longer get its messages. Somebody in it has to invite you if you want to come back."
        action="Leave"
        onConfirm={() => void leave()}
        onClose={() => setIsLeaving(false)}
      />
    </div>
  );
}

function AddMembers({ info, view, onBack }: { info: ConversationInfo; view: TimelineView; onBack: () => void }) {
  const { client } = useSignedIn();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  async function add(person: PublicProfile): Promise<void> {
    setBusy(true);
    const added = await asked(client.api.putMember(info.id, person.user_id));
    setBusy(false);
    if (added.ok) onBack();
    else setFailure(added.refusal.detail);
  }
  return (
    <>
      <div className="px-3 pb-2">
        <Button className="bg-transparent" onClick={onBack}>
          <ArrowLeft className="size-4" aria-hidden /> Back to the members
        </Button>
      </div>
      <PeoplePicker
        label="Find people"
        leaveOut={new Set(view.members.map((member) => member.user_id))}
        busy={busy}
        onChoose={(person) => void add(person)}
      />
      <Failure text={failure} className="mx-5 mb-3" />
    </>
  );
}
