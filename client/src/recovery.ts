/**
 * What to do with the copy on this device after a hello: pure, a value.
 * The hello speaks for the log; the copy is worth what it has in common with it.
 */
import type { HelloFrame } from '../../protocol/server-frames.ts';
import type { Cursor } from './storage.ts';

/**
 * A copy that is further behind gives way to the newest page once that is here; what lies between is fetched when it
 * is scrolled to. Nothing is deleted: what is older is shown again, brought up to date, by the pages that reach it.
 */
export const RESUME_MAX = 5_000;

export type Recovery =
  /** Nothing is missing once the entries that follow the hello are in. */
  | { action: 'follow' }
  /** More is missing than follows: fetch from the copy's end on, and hold back what is live until then. */
  | { action: 'catch_up' }
  /** Drop the copy (never the outbox) and begin with the newest page. */
  | { action: 'start_over'; why: 'epoch' | 'shorter' };

export function recoveryFor(copy: Cursor, hello: Pick<HelloFrame, 'epoch' | 'last_message_id' | 'from_message_id' | 'has_more'>): Recovery {
  if (copy.epoch !== null && copy.epoch !== hello.epoch) return { action: 'start_over', why: 'epoch' };
  if (hello.last_message_id < copy.last) return { action: 'start_over', why: 'shorter' };
  return { action: hello.has_more || hello.from_message_id > copy.last + 1 ? 'catch_up' : 'follow' };
}
