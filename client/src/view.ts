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

  return (timeline, outbox, details, typing) => {
    const sends = outbox.entries.filter(({ frame }) => frame.op === 'send');
    return {
      entries: [
        ...timeline.messages.map((message) => wrap(message, () => ({ kind: 'message', message }))),
        ...sends.map((entry) => local(entry, outbox.underWay?.globalId === entry.frame.global_id)),
      ],
      hasOlder: hasOlder(timeline),
      catchingUp: !timeline.ready || hasHole(timeline),
      lastMessageId: timeline.last,
      members: details.members,
      receipts: details.receipts,
      typing,
      pending: sends.filter(({ refusal }) => refusal === undefined).length,
    };
  };
}

export function localEntry({ frame, created_at, refusal }: Entry, sending: boolean): LocalEntry {
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
  };
}
