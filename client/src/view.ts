/**
 * The timeline as programs see it. Pure, but for remembering the wrappers it has made, so that an entry
 * which did not change keeps its reference and is not drawn again.
 */
import type { Entry, State as OutboxState } from './outbox.ts';
import type { Details } from './storage.ts';
import { hasHole, hasOlder, type State as TimelineState } from './timeline.ts';
import type { LocalEntry, TimelineEntry, TimelineView } from './types.ts';

export type ViewOf = (timeline: TimelineState, outbox: OutboxState, details: Details, typing: TimelineView['typing']) => TimelineView;

export function createView(): ViewOf {
  const wrappers = new WeakMap<object, TimelineEntry>();
  const wrap = (key: object, make: () => TimelineEntry): TimelineEntry => {
    const known = wrappers.get(key) ?? make();
    wrappers.set(key, known);
    return known;
  };
  const local = (entry: Entry, sending: boolean): TimelineEntry => {
    const known = wrappers.get(entry);
    if (known?.kind === 'local' && (known.entry.state === 'sending') === sending) return known;
    const made: TimelineEntry = { kind: 'local', entry: localEntry(entry, sending) };
    wrappers.set(entry, made);
    return made;
  };

  /** Everything the entries are made of; the same as last time: the same entries. */
  let made: { messages: unknown; queued: unknown; underWay: unknown; entries: TimelineEntry[] } | undefined;
  const entriesOf = ({ messages }: TimelineState, { entries: queued, underWay }: OutboxState): TimelineEntry[] => {
    if (made?.messages === messages && made.queued === queued && made.underWay === underWay) return made.entries;
    const sends = queued.filter(({ frame }) => frame.op === 'send');
    const entries = [
      ...messages.map((message) => wrap(message, () => ({ kind: 'message', message }))),
      ...sends.map((entry) => local(entry, underWay?.globalId === entry.frame.global_id)),
    ];
    made = { messages, queued, underWay, entries };
    return entries;
  };

  return (timeline, outbox, details, typing) => ({
    entries: entriesOf(timeline, outbox),
    hasOlder: hasOlder(timeline),
    catchingUp: !timeline.ready || hasHole(timeline),
    lastMessageId: timeline.last,
    members: details.members,
    receipts: details.receipts,
    typing,
    pending: outbox.entries.filter(({ frame, refusal }) => frame.op === 'send' && refusal === undefined).length,
  });
}

export function localEntry({ frame, created_at, refusal, volatile }: Entry, sending: boolean): LocalEntry {
  if (frame.op !== 'send') throw new TypeError('only a message is shown before it is stored');
  return {
    global_id: frame.global_id,
    content: frame.content,
    type: frame.type,
    ...(frame.reply_to !== undefined && { reply_to: frame.reply_to }),
    ...(frame.mentions !== undefined && { mentions: frame.mentions }),
    ...(frame.attachments !== undefined && { attachments: frame.attachments }),
    created_at,
    state: refusal !== undefined ? 'refused' : sending ? 'sending' : 'queued',
    ...(refusal !== undefined && { refusal }),
    ...(volatile === true && { volatile }),
  };
}
