/** Who of those who may come in does, as the members are when it is decided: pure. */
import type { MembershipChange } from '../../../protocol/message.ts';
import * as membership from '../membership.ts';
import type { MemberRecord } from '../schema.ts';
import type { Pending } from './pending.ts';

export function admitted(roster: membership.Roster, actorId: string, people: readonly Pending[]): MembershipChange[] {
  const members: MemberRecord[] = [...roster.members];
  const changes: MembershipChange[] = [];
  for (const { user_id, role } of people) {
    const decision = membership.put({ kind: roster.kind, members }, actorId, user_id, role);
    if (!decision.ok) continue;
    changes.push(...decision.value);
    members.push({ user_id, role, joined_message_id: 0, seniority: 0 });
  }
  return changes;
}

export function byActor(people: readonly Pending[]): Map<string, Pending[]> {
  const groups = new Map<string, Pending[]>();
  for (const person of people) groups.set(person.by, [...(groups.get(person.by) ?? []), person]);
  return groups;
}
