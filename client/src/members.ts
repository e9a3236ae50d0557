/** Who is in the conversation and how far they have got, from the hello on: pure. */
import type { Message } from '../../protocol/message.ts';
import type { HelloFrame, Member, Receipt } from '../../protocol/server-frames.ts';
import type { Details } from './storage.ts';

export const NOBODY: Details = { members: [], receipts: [], read: 0 };

export function greeted(details: Details, hello: HelloFrame, userId: string): Details {
  const own = hello.receipts.find((receipt) => receipt.user_id === userId);
  return { members: hello.members, receipts: hello.receipts, read: Math.max(details.read, own?.read ?? 0) };
}

/** `since`: the last number the hello had in; membership up to there is in its list already. */
export function joined(details: Details, entries: readonly Message[], since: number): Details {
  const members = entries.filter(({ message_id }) => message_id > since).reduce(follow, details.members);
  return members === details.members ? details : { ...details, members };
}

/** Positions only rise. */
export function received(details: Details, receipts: readonly Receipt[]): Details {
  const merged = new Map(details.receipts.map((receipt) => [receipt.user_id, receipt]));
  for (const { user_id, delivered, read } of receipts) {
    const before = merged.get(user_id) ?? { delivered: 0, read: 0 };
    merged.set(user_id, { user_id, delivered: Math.max(before.delivered, delivered), read: Math.max(before.read, read) });
  }
  return { ...details, receipts: [...merged.values()] };
}

function follow(members: Member[], { membership, message_id }: Message): Member[] {
  if (membership === undefined) return members;
  const { action, user_id, role } = membership;
  const others = members.filter((member) => member.user_id !== user_id);
  switch (action) {
    case 'removed':
    case 'left':
      return others;
    case 'added':
      return [...others, { user_id, role: role ?? 'member', joined_message_id: message_id }];
    case 'role':
      return members.map((member) => (member.user_id === user_id && role !== undefined ? { ...member, role } : member));
    default:
      return members;
  }
}
