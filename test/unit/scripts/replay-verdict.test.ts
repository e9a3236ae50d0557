/** That the comparison finds what differs: file, log and timeline. */
import { describe, expect, test } from 'vitest';
import type { TimelineView } from '@natter/client';
import type { Message } from '../../../protocol/message.ts';
import type { Line } from '../../../scripts/replay/day.ts';
import { logDifferences, timelineDifferences } from '../../../scripts/replay/verdict.ts';

const LINES: Line[] = [
  { line: 3, atMs: 0, from: 'ada', content: 'one', replyTo: null },
  { line: 7, atMs: 0, from: 'bob', content: 'two', replyTo: 3 },
  { line: 8, atMs: 0, from: 'ada', content: 'three', replyTo: 5 },
];
const senderOf = (nick: string) => `id of ${nick}`;

const entry = (message_id: number, sender: string, content: string, more: Partial<Message> = {}): Message => ({
  message_id,
  global_id: `g${message_id}`,
  conversation_id: 'c',
  sender_id: senderOf(sender),
  type: 'text',
  content,
  timestamp: message_id,
  ...more,
});
const LOG = [entry(1, 'ada', 'one'), entry(2, 'bob', 'two', { reply_to: 1 }), entry(3, 'ada', 'three')];

const view = (messages: Message[], more: Partial<TimelineView> = {}): TimelineView => ({
  entries: messages.map((message) => ({ kind: 'message', message })),
  hasOlder: false,
  catchingUp: false,
  lastMessageId: messages.at(-1)?.message_id ?? 0,
  members: [],
  receipts: [],
  typing: [],
  pending: 0,
  ...more,
});
const changed = (index: number, more: Partial<Message>): Message[] =>
  LOG.map((message, at) => (at === index ? { ...message, ...more } : message));

describe('the log and the file', () => {
  test('[P2] a log that holds every line, in order, with its answers, is equal', () => {
    expect(logDifferences(LINES, LOG, senderOf)).toEqual([]);
  });

  test.each([
    ['[P1] a line that is missing at the end', LOG.slice(0, 2)],
    ['[P3] a line that is there twice', [LOG[0]!, LOG[0]!, ...LOG.slice(1)]],
    ['[P2] two lines changed places', [LOG[1]!, LOG[0]!, LOG[2]!]],
    ['[P2] a hole in the numbers', changed(2, { message_id: 4 })],
    ['another text', changed(1, { content: 'two ' })],
    ['another sender', changed(1, { sender_id: senderOf('ada') })],
    ['an answer without its link', changed(1, { reply_to: 2 })],
    ['a link where none belongs', changed(2, { reply_to: 1 })],
    ['an entry of another type', changed(2, { type: 'membership' })],
    ['an entry too many', [...LOG, entry(4, 'bob', 'four')]],
  ])('%s differs', (_name, log) => {
    expect(logDifferences(LINES, log, senderOf)).not.toEqual([]);
  });

  test('one early fault that shifts everything is told in a few sentences', () => {
    const lines = Array.from({ length: 50 }, (_, line): Line => ({ line, atMs: 0, from: 'ada', content: `${line}`, replyTo: null }));
    const log = lines.slice(1).map(({ content }, index) => entry(index + 1, 'ada', content));
    expect(logDifferences(lines, log, senderOf)).toEqual([
      'the log has 49 entries, the file 50',
      expect.stringContaining('line 0'),
      expect.stringContaining('line 1'),
      'and 47 more',
    ]);
  });
});

describe('the timeline and the log', () => {
  test('[P9] a whole timeline is equal', () => {
    expect(timelineDifferences(view(LOG), LOG)).toEqual([]);
  });

  test.each([
    ['[P9] a message that is missing', view([LOG[0]!, LOG[2]!])],
    ['[P9] a message that is shown twice', view([LOG[0]!, ...LOG])],
    ['older ones that are not loaded', view(LOG, { hasOlder: true })],
    ['newer ones that are being fetched', view(LOG, { catchingUp: true })],
    ['an end before the log’s', view(LOG, { lastMessageId: 2 })],
    ['another state of a message', view(changed(0, { timestamp: 9 }))],
    ['one that still waits to be sent', view(LOG.slice(0, 2), { entries: [...view(LOG.slice(0, 2)).entries, waiting()] })],
  ])('%s differs', (_name, timeline) => {
    expect(timelineDifferences(timeline, LOG)).not.toEqual([]);
  });
});

function waiting(): TimelineView['entries'][number] {
  return { kind: 'local', entry: { global_id: 'g3', content: 'three', type: 'text', created_at: 0, state: 'queued' } };
}
