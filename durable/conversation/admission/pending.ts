/**
 * Who is to come in and has not yet: pure. `asking`: their object has not answered. `invited`: they
 * decide. `refused`: they do not come, which nobody may tell from the outside: to the members both
 * are invited until that lapses.
 */
import { ASK_AGAIN_AFTER_MS, INVITATION_LIFETIME_MS, LEFT_REMEMBERED_MAX } from '../../../protocol/limits.ts';
import type { Role } from '../../../protocol/message.ts';
import { backoffMs } from '../../kit/alarms.ts';
import type { AddedAnswer, Admission } from '../../user-inbox/reach/api.ts';
import type { AdmissionRecord } from '../schema.ts';

export interface Pending {
  user_id: string;
  /** Who wants them in. */
  by: string;
  role: Role;
  /** The quotas of who wants them in count. */
  limited: boolean;
  state: 'asking' | 'invited' | 'refused' | 'declined';
  /** When they last declined: for a while after it they are told of no other invitation. */
  declined_at?: number;
  /** When it was written. */
  at: number;
  tries: number;
  retry_at: number;
}

export interface Waiting {
  pending: readonly Pending[];
  /** Who left by themselves, the latest last. */
  gone: readonly string[];
}

/** Nobody waits longer for all who are asked at once: a full group on a busy machine takes seconds. */
export const ASKING_MAX_MS = 20_000;
/** Whose object does not answer for so long (about forty minutes) is left out. */
const TRIES_MAX = 8;

export const fromRecord = (record: AdmissionRecord | undefined): Waiting =>
  record === undefined
    ? { pending: [], gone: [] }
    : { pending: JSON.parse(record.pending) as Pending[], gone: JSON.parse(record.gone) as string[] };

export const toRecord = ({ pending, gone }: Waiting): AdmissionRecord => ({
  pending: JSON.stringify(pending),
  gone: JSON.stringify(gone),
});

/** To the members they are invited. */
export const isCurrent = ({ state, at }: Pending, now: number): boolean =>
  state === 'asking' || (state !== 'declined' && at + INVITATION_LIFETIME_MS > now);

export const hasDeclined = ({ declined_at }: Pending, now: number): boolean =>
  declined_at !== undefined && declined_at + ASK_AGAIN_AFTER_MS > now;

/** Puts these in the place of what is there of the same people; what has lapsed goes. */
export const withPending = (waiting: Waiting, people: readonly Pending[], now: number): Waiting => {
  const ids = new Set(people.map(({ user_id }) => user_id));
  return {
    ...waiting,
    pending: [...waiting.pending.filter((one) => !ids.has(one.user_id) && (isCurrent(one, now) || hasDeclined(one, now))), ...people],
  };
};

export const without = (waiting: Waiting, userIds: ReadonlySet<string>): Waiting => ({
  ...waiting,
  pending: waiting.pending.filter(({ user_id }) => !userIds.has(user_id)),
});

export const withGone = ({ pending, gone }: Waiting, userId: string): Waiting => ({
  pending,
  gone: [...gone.filter((id) => id !== userId), userId].slice(-LEFT_REMEMBERED_MAX),
});

/** Of too many the earliest are forgotten. */
export function withDeclined(waiting: Waiting, person: Pending, now: number): Waiting {
  const others = waiting.pending.filter(({ user_id }) => user_id !== person.user_id);
  const declined = others.filter(({ state }) => state === 'declined');
  const forgotten = new Set(declined.slice(0, Math.max(0, declined.length + 1 - LEFT_REMEMBERED_MAX)));
  return { ...waiting, pending: [...others.filter((one) => !forgotten.has(one)), { ...person, state: 'declined', declined_at: now }] };
}

/** They come in by themselves. */
export const withJoined = ({ pending, gone }: Waiting, userId: string): Waiting => ({
  pending: pending.filter(({ user_id }) => user_id !== userId),
  gone: gone.filter((id) => id !== userId),
});

/** The alarm comes when nobody asks any more: the asking itself ends before. */
export const toBeAsked = (user_id: string, by: string, role: Role, limited: boolean, now: number): Pending => ({
  user_id,
  by,
  role,
  limited,
  state: 'asking',
  at: now,
  tries: 0,
  retry_at: now + ASKING_MAX_MS + 1_000,
});

/** Null: no answer came. */
export function settled(person: Pending, answer: Admission | null, hasLeft: boolean, now: number): Pending | 'member' {
  if (answer === null) {
    const tries = person.tries + 1;
    if (tries >= TRIES_MAX) return { ...person, state: 'refused', tries };
    return { ...person, tries, retry_at: now + backoffMs(tries) };
  }
  if (answer === 'refused') return { ...person, state: 'refused' };
  // Who has left comes back by their own act only.
  if (answer === 'member' && !hasLeft) return 'member';
  if (hasDeclined(person, now)) return { ...person, state: 'refused' };
  return { ...person, state: 'invited' };
}

/** Of what both sides of a pair say about blocks, with versions. */
export interface Block {
  by: string;
  blocked: boolean;
  version: number;
}

export const blockOf = (by: string, { blocked, version }: Pick<AddedAnswer, 'blocked' | 'version'>): Block => ({ by, blocked, version });

/** The latest word of each. */
export function latestBlocks(blocks: readonly Block[]): Block[] {
  const latest = new Map<string, Block>();
  for (const block of blocks) if (block.version >= (latest.get(block.by)?.version ?? 0)) latest.set(block.by, block);
  return [...latest.values()];
}
