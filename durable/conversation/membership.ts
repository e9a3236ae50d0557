/**
 * Who may change whose membership, and what follows: pure. Owners do everything; admins add,
 * remove and rename members; when the last owner leaves, the oldest admin, else the oldest
 * member, becomes owner. A direct conversation's members never change.
 */
import { GROUP_MEMBERS_MAX } from '../../protocol/limits.ts';
import type { MembershipChange, Role } from '../../protocol/message.ts';
import { accept, refuse, type Outcome } from '../../protocol/outcome.ts';
import type { ConversationKind } from '../../protocol/conversations.ts';
import type { MemberRecord } from './schema.ts';

export interface Roster {
  kind: ConversationKind;
  members: readonly MemberRecord[];
}

/** Puts a user in, or gives a member another role. Nothing to do is an empty list. */
export function put(roster: Roster, actorId: string, userId: string, role: Role | undefined): Outcome<MembershipChange[]> {
  const actor = find(roster, actorId);
  if (actor === undefined) return refuse('not_found', 'no such conversation');
  if (roster.kind === 'direct') return refuse('forbidden', 'the members of a direct conversation never change');
  const member = find(roster, userId);
  const wanted = role ?? member?.role ?? 'member';
  if (member !== undefined && member.role === wanted) return accept([]);
  if (actor.role === 'member') return refuse('forbidden', 'only owners and admins change the members');
  if (actor.role === 'admin' && (wanted !== 'member' || member !== undefined)) return refuse('forbidden', 'only an owner gives roles');
  if (member === undefined) {
    if (roster.members.length >= GROUP_MEMBERS_MAX) return refuse('conflict', `a group has at most ${GROUP_MEMBERS_MAX} members`);
    return accept([{ action: 'added', user_id: userId, role: wanted }]);
  }
  if (member.role === 'owner' && owners(roster).length === 1) return refuse('conflict', 'hand ownership on first');
  return accept([{ action: 'role', user_id: userId, role: wanted }]);
}

/** Takes a member out, or lets one leave; the last owner hands ownership on. */
export function remove(roster: Roster, actorId: string, userId: string): Outcome<MembershipChange[]> {
  const actor = find(roster, actorId);
  if (actor === undefined) return refuse('not_found', 'no such conversation');
  if (roster.kind === 'direct') return refuse('forbidden', 'nobody leaves a direct conversation');
  const member = find(roster, userId);
  if (member === undefined) return refuse('not_found', 'not a member');
  if (actorId !== userId) {
    const outranked = actor.role === 'owner' || (actor.role === 'admin' && member.role === 'member');
    if (!outranked) return refuse('forbidden', 'only owners and admins remove members');
  }
  const changes: MembershipChange[] = [{ action: actorId === userId ? 'left' : 'removed', user_id: userId }];
  const heir = member.role === 'owner' && owners(roster).length === 1 ? successor(roster, userId) : undefined;
  if (heir !== undefined) changes.push({ action: 'role', user_id: heir.user_id, role: 'owner' });
  return accept(changes);
}

export function mayRename(roster: Roster, actorId: string): Outcome<null> {
  const actor = find(roster, actorId);
  if (actor === undefined) return refuse('not_found', 'no such conversation');
  if (roster.kind === 'direct') return refuse('forbidden', 'a direct conversation has no title');
  if (actor.role === 'member') return refuse('forbidden', 'only owners and admins rename a group');
  return accept(null);
}

const find = (roster: Roster, userId: string): MemberRecord | undefined => roster.members.find((member) => member.user_id === userId);
const owners = (roster: Roster): MemberRecord[] => roster.members.filter((member) => member.role === 'owner');

function successor(roster: Roster, leavingId: string): MemberRecord | undefined {
  const rest = roster.members.filter((member) => member.user_id !== leavingId).toSorted((a, b) => a.seniority - b.seniority);
  return rest.find((member) => member.role === 'admin') ?? rest[0];
}
