/** How far everybody else has got, as one pair of numbers: the lowest of the others. */
import type { Member, Receipt } from '../../../protocol/server-frames.ts';

export interface Reach {
  delivered: number;
  read: number;
}
export type Reached = 'stored' | 'delivered' | 'read';

export function reachOf(members: readonly Member[], receipts: readonly Receipt[], ownId: string): Reach {
  const others = members.filter((member) => member.user_id !== ownId);
  if (others.length === 0) return { delivered: 0, read: 0 };
  const positions = new Map(receipts.map((receipt) => [receipt.user_id, receipt]));
  const lowest = (which: 'delivered' | 'read') => Math.min(...others.map((other) => positions.get(other.user_id)?.[which] ?? 0));
  return { delivered: lowest('delivered'), read: lowest('read') };
}

export function reached(messageId: number, reach: Reach): Reached {
  if (messageId <= reach.read) return 'read';
  return messageId <= reach.delivered ? 'delivered' : 'stored';
}

/** Who has got how far with one message, its sender left out. Those who hide what they read are only seen to have got it. */
export function audienceOf(
  messageId: number,
  senderId: string,
  members: readonly Member[],
  receipts: readonly Receipt[],
): Record<Reached, string[]> {
  const positions = new Map(receipts.map((receipt) => [receipt.user_id, receipt]));
  const audience: Record<Reached, string[]> = { read: [], delivered: [], stored: [] };
  for (const { user_id: userId } of members) {
    if (userId === senderId) continue;
    audience[reached(messageId, positions.get(userId) ?? { delivered: 0, read: 0 })].push(userId);
  }
  return audience;
}

export const ownReadOf = (receipts: readonly Receipt[], ownId: string): number =>
  receipts.find((receipt) => receipt.user_id === ownId)?.read ?? 0;
