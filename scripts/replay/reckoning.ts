/**
 * What inboxes and notifications must say, worked out from the file alone: whoever writes has read
 * what stood before, and nobody reads otherwise. Pure; it shares no code with what it judges.
 */

/** A message of the log; its number is its place, from 1. */
export interface Said {
  sender_id: string;
  mentions: readonly string[];
}

export interface Counts {
  unread: number;
  mentions: number;
}

/** The nick that a line begins with, as one addresses somebody in a channel: `ann: …` or `ann, …`. */
export const addresseeOf = (content: string): string | null => /^([^\s:,]+)[:,]\s/.exec(content)?.[1] ?? null;

/** What is unread for somebody when the log ends with message number `head`. */
export function countsOf(said: readonly Said[], userId: string, head: number): Counts {
  const until = said.slice(0, head);
  const after = until.slice(until.findLastIndex(({ sender_id }) => sender_id === userId) + 1);
  return { unread: after.length, mentions: after.filter(({ mentions }) => mentions.includes(userId)).length };
}

/** A conversation's notifications are at least so far apart. */
const COLLAPSED_MS = 10_000;

/** At most so many notifications in this time: one at once, then one each ten seconds. */
export const notificationsMax = (durationMs: number): number => Math.floor(durationMs / COLLAPSED_MS) + 1;
