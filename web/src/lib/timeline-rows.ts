/**
 * A timeline as rows to draw: days, groups of one sender, the line above what is new.
 * One row an entry, keyed by `global_id`, so that a local entry and the message it becomes are one row.
 * A row that looks the same as before is the same object: only what changed is drawn again.
 */
import type { LocalEntry, TimelineEntry } from '@natter/client';
import { isMessageType, type Message } from '../../../protocol/message.ts';
import type { Calendar } from './calendar.ts';

interface Place {
  key: string;
  at: number;
  /** First of its day. */
  startsDay: boolean;
  startsGroup: boolean;
  endsGroup: boolean;
  /** The first one that had not been read when the conversation was opened. */
  startsUnread: boolean;
}
export type Row =
  | (Place & { kind: 'message'; message: Message })
  | (Place & { kind: 'notice'; message: Message })
  | (Place & { kind: 'local'; entry: LocalEntry });

/** Longer than this between two messages of one sender starts a new group. */
export const GROUP_GAP_MS = 5 * 60_000;

export interface RowOptions {
  ownId: string;
  calendar: Pick<Calendar, 'dayOf'>;
  /** Own read position when the conversation was opened; null while it is not known. */
  readUpTo: number | null;
  /** The rows drawn last, to be used again where nothing changed. */
  previous?: readonly Row[];
}

export function toRows(entries: readonly TimelineEntry[], options: RowOptions): Row[] {
  const drawn = new Map(options.previous?.map((row) => [row.key, row]));
  const subjects = entries.map(subjectOf);
  const unreadAt = options.readUpTo === null ? -1 : subjects.findIndex((subject) => isUnread(subject, options));
  const days = subjects.map((subject) => options.calendar.dayOf(subject.at));

  return subjects.map((subject, index) => {
    const { sender: _, ...own } = subject;
    const startsDay = days[index] !== days[index - 1];
    const endsDay = days[index] !== days[index + 1];
    const startsUnread = index === unreadAt;
    const row: Row = {
      ...own,
      startsDay,
      startsUnread,
      startsGroup: startsDay || startsUnread || !continues(subjects[index - 1], subject, options.ownId),
      endsGroup: endsDay || index + 1 === unreadAt || !continues(subject, subjects[index + 1], options.ownId),
    };
    const before = drawn.get(row.key);
    return before !== undefined && looksSame(before, row) ? before : row;
  });
}

/** How many rows were put in front of what was drawn before. */
export function prepended(previous: readonly Row[], next: readonly Row[]): number {
  const first = previous[0]?.key;
  if (first === undefined || next[0]?.key === first) return 0;
  return Math.max(
    0,
    next.findIndex((row) => row.key === first),
  );
}

type Subject = Pick<Place, 'key' | 'at'> & { sender: string | null } & (
    | { kind: 'message' | 'notice'; message: Message }
    | { kind: 'local'; entry: LocalEntry }
  );

function subjectOf(entry: TimelineEntry): Subject {
  if (entry.kind === 'local') {
    return { kind: 'local', key: entry.entry.global_id, at: entry.entry.created_at, sender: null, entry: entry.entry };
  }
  const { message } = entry;
  const kind = isMessageType(message.type) ? 'message' : 'notice';
  return { kind, key: message.global_id, at: message.timestamp, sender: message.sender_id, message };
}

function isUnread(subject: Subject, { readUpTo, ownId }: RowOptions): boolean {
  return subject.kind === 'message' && subject.message.message_id > (readUpTo ?? 0) && subject.message.sender_id !== ownId;
}

function continues(before: Subject | undefined, after: Subject | undefined, ownId: string): boolean {
  if (before === undefined || after === undefined || before.kind === 'notice' || after.kind === 'notice') return false;
  return (before.sender ?? ownId) === (after.sender ?? ownId) && after.at - before.at < GROUP_GAP_MS;
}

function looksSame(one: Row, other: Row): boolean {
  const subject = (row: Row) => (row.kind === 'local' ? row.entry : row.message);
  return (
    one.kind === other.kind &&
    subject(one) === subject(other) &&
    one.startsDay === other.startsDay &&
    one.startsGroup === other.startsGroup &&
    one.endsGroup === other.endsGroup &&
    one.startsUnread === other.startsUnread
  );
}
