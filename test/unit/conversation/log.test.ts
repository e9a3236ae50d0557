/** What becomes of a frame: the titles are the decision table. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../durable/conversation/log.ts';
import type { EntryRecord } from '../../../durable/conversation/schema.ts';
import type { LogFrame } from '../../../protocol/client-frames.ts';
import { EMOJIS_PER_MESSAGE_MAX } from '../../../protocol/limits.ts';
import { NOW, appended, codeOf, edit, entry, react, remove, send, verdict, view } from './log-view.ts';

const long = (head: number, ...entries: EntryRecord[]): EntryRecord[] => [...entries, entry(head, { sender_id: 'max' })];

describe('[P8] who is no member', () => {
  it.each([send(), edit(1), remove(1), react(1)])('$op: not_found, and nothing else is looked at', (frame) => {
    const log = view([entry(1)]);
    expect(verdict(log, frame, 'stranger')).toBe('not_found');
    expect(log.asked).toEqual([]);
  });
});

describe('[P3] where a repeat is looked for', () => {
  it.each([
    ['the head itself: nowhere', 2_000, send({ after_message_id: 2_000 }), undefined],
    ['a number before the head: after that number', 2_000, send({ after_message_id: 1_990 }), 1_990],
    ['exactly 10,000 entries back: after that number', 12_000, send({ after_message_id: 2_000 }), 2_000],
    ['no number, a send: in the last 1,000 entries', 2_000, send(), 1_000],
    ['no number, a short log: all of it', 10, send(), 0],
    ['no number, a change of a recent target: from the target on', 2_000, react(1_500), 1_499],
    ['no number, a change of the head: in the head alone', 2_000, react(2_000), 1_999],
    ['no number, a change of an old target: in the last 1,000 entries', 2_000, react(5), 1_000],
    ['no number, a target beyond the head: nowhere', 2_000, react(9_999), undefined],
  ])('%s', (_title, head, frame, after) => {
    const log = view(long(head));
    decide(log, 'mia', frame, NOW);
    expect(log.asked.filter((question) => question !== 'admit')).toEqual(after === undefined ? [] : [`repeat after ${after}`]);
  });

  it.each([
    ['beyond the head', 10, 11],
    ['more than 10,000 entries back', 12_001, 2_000],
  ])('%s: stale, without a search', (_title, head, after) => {
    const log = view(long(head));
    expect(verdict(log, send({ after_message_id: after }))).toBe('stale');
    expect(log.asked).toEqual(['admit']);
  });
});

describe('[P3] a repeat', () => {
  const log = [
    entry(1),
    entry(2, { type: 'reaction', target: 1, switched_on: 1, global_id: 'r' }),
    entry(3, { type: 'edit', target: 1, global_id: 'e' }),
  ];

  it('gets the first answer, also when the sender is blocked or the conversation is full', () => {
    const blocked = view(log, { silenced: () => true, full: () => true });
    expect(decide(blocked, 'mia', send({ global_id: 'g1', content: 'anything' }), NOW)).toEqual({
      kind: 'repeat',
      message_id: 1,
      timestamp: 1,
    });
  });

  it('[A7] above the rate is answered from memory, else refused, and nothing is searched', () => {
    const busy = view(log, { admit: () => ({ code: 'rate_limited', detail: '' }), silenced: () => true });
    expect(decide(busy, 'mia', edit(1, { global_id: 'e' }), NOW)).toMatchObject({ kind: 'repeat', message_id: 3 });
    expect(verdict(busy, edit(1, { global_id: 'r' }))).toBe('conflict');
    expect(verdict(busy, send({ global_id: 'g1' }))).toBe('rate_limited');
    expect(verdict(busy, send({ after_message_id: 99 }))).toBe('rate_limited');
    expect(busy.asked).toEqual([]);
  });

  it.each([
    ['the same id by another sender: a new entry', 'max', send({ global_id: 'g1' }), 'append'],
    ['a send as another type: conflict', 'mia', send({ global_id: 'g1', type: 'image' }), 'conflict'],
    ['a send’s id for a deletion: conflict', 'mia', { ...remove(1, { global_id: 'g1' }), after_message_id: 0 }, 'conflict'],
    ['the id of the very message for its edit: conflict', 'mia', edit(1, { global_id: 'g1' }), 'conflict'],
    ['the id of the very message for a reaction to it: conflict', 'mia', { ...react(1), global_id: 'g1' }, 'conflict'],
    ['a reaction’s id for a send: conflict', 'mia', send({ global_id: 'r' }), 'conflict'],
    ['a reaction again: repeat', 'mia', { ...react(1), global_id: 'r' }, 'repeat'],
    ['a reaction’s id for taking it off: conflict', 'mia', { ...react(1, false), global_id: 'r' }, 'conflict'],
    ['an edit again: repeat', 'mia', edit(1, { global_id: 'e' }), 'repeat'],
    ['an edit’s id for another target: conflict', 'mia', { ...edit(3, { global_id: 'e' }), after_message_id: 0 }, 'conflict'],
  ] as [string, string, LogFrame, string][])('%s', (_title, sender, frame, expected) =>
    expect(verdict(view(log), frame, sender)).toBe(expected),
  );
});

describe('the order of the checks', () => {
  const wait = () => ({ code: 'rate_limited', detail: '', retry_after: 2 }) as const;
  it('the rate comes first, then a block, then the size, then the meaning', () => {
    expect(decide(view([], { silenced: () => true, admit: wait }), 'mia', edit(9), NOW)).toEqual({ kind: 'refuse', refusal: wait() });
    expect(verdict(view([], { silenced: () => true, full: () => true }), edit(9))).toBe('forbidden');
    expect(verdict(view([], { full: () => true }), edit(9))).toBe('too_large');
    expect(verdict(view([]), edit(9))).toBe('not_found');
  });

  it.each([
    [send(), 'too_large'],
    [edit(1), 'too_large'],
    [react(1), 'too_large'],
    [remove(1), 'append'],
  ])('[B2] a full conversation: $op', (frame, expected) => {
    const decision = decide(view([entry(1)], { full: () => true }), 'mia', frame, NOW);
    expect(codeOf(decision)).toBe(expected);
    if (decision.kind === 'refuse') expect(decision.refusal).toMatchObject({ reason: 'quota' });
  });
});

describe('[P2] a send', () => {
  it('takes the next number and counts', () => {
    const { entry: row, changes } = appended(
      decide(view([entry(1), entry(2)]), 'max', send({ reply_to: 2, mentions: ['mia', 'mia', 'adam'] }), NOW),
    );
    expect(row).toEqual(
      entry(3, {
        global_id: 'new',
        sender_id: 'max',
        timestamp: NOW,
        countable_total: 3,
        reply_to: 2,
        mentions: '["mia","adam"]',
        content: 'hello',
      }),
    );
    expect(changes).toEqual([]);
  });

  it.each([
    ['an answer to a change', send({ reply_to: 2 }), 'bad_request'],
    ['an answer to what is not there yet', send({ reply_to: 3 }), 'bad_request'],
    ['a mention of a stranger', send({ mentions: ['stranger'] }), 'bad_request'],
    ['media that nobody has', send({ attachments: [{ media_id: 'm' }] }), 'bad_request'],
    ['an empty list of media', send({ attachments: [] }), 'append'],
  ])('%s', (_title, frame, expected) => expect(verdict(view([entry(1), entry(2, { type: 'reaction', target: 1 })]), frame)).toBe(expected));
});

describe('an edit', () => {
  it('[A3] is an entry without a text of its own, and the target’s new state with one edit more', () => {
    const log = view([
      entry(1, { edited_by: 2, changed_by: 3, edits: '{"total":1,"tokens":99,"at":0}' }),
      entry(2, { type: 'edit', target: 1, content: '' }),
      entry(3, { type: 'reaction', target: 1 }),
    ]);
    const { entry: row, changes } = appended(decide(log, 'mia', edit(1), NOW));
    expect(row).toMatchObject({ message_id: 4, type: 'edit', target: 1, prev_change: null, content: '', countable_total: 3 });
    expect(changes).toEqual([
      {
        message_id: 1,
        set: { content: 'edited', changed_by: 4, edited_by: 4, prev_change: null, edits: `{"total":2,"tokens":99,"at":${NOW}}` },
      },
    ]);
  });

  it('[A3] remembers the last edit that kept its text, whatever is edited afterwards', () => {
    const log = [entry(1, { edited_by: 2, changed_by: 2 }), entry(2, { type: 'edit', target: 1 })];
    const [first] = appended(decide(view(log), 'mia', edit(1), NOW)).changes;
    expect(first!.set).toMatchObject({ prev_change: 2, edited_by: 3 });
    const later = view([Object.assign({ ...log[0]! }, first!.set), log[1]!, entry(3, { type: 'edit', target: 1, content: '' })]);
    expect(appended(decide(later, 'mia', edit(1), NOW)).changes[0]!.set).toMatchObject({ prev_change: 2, edited_by: 4 });
    expect(appended(decide(later, 'mia', remove(1), NOW))).toMatchObject({ oldTexts: 2, changes: { length: 1 } });
  });

  it.each([
    ['of another’s message', 'olga', edit(1), 'forbidden'],
    ['of a deleted one', 'mia', edit(2), 'gone'],
    ['of a change', 'mia', edit(3), 'not_found'],
    ['of nothing', 'mia', edit(4), 'not_found'],
  ])('%s', (_title, sender, frame, expected) => {
    expect(verdict(view([entry(1), entry(2, { deleted: 1 }), entry(3, { type: 'edit', target: 1 })]), frame, sender)).toBe(expected);
  });
});

describe('a deletion', () => {
  it('[A3] blanks the message, its mentions and reactions: one row, however often it was edited', () => {
    const log = view([
      entry(1, { edited_by: 4, changed_by: 4, mentions: '["max"]', reactions: '{}', edits: '{"total":2,"tokens":98,"at":0}' }),
      entry(2, { type: 'edit', target: 1, content: '' }),
      entry(3),
      entry(4, { type: 'edit', target: 1, content: '' }),
    ]);
    const decision = appended(decide(log, 'mia', remove(1), NOW));
    expect(decision.entry).toMatchObject({ message_id: 5, type: 'deletion', target: 1, content: '' });
    expect(decision.changes).toEqual([{ message_id: 1, set: { content: '', mentions: null, reactions: null, deleted: 1, changed_by: 5 } }]);
    expect(decision.oldTexts).toBeUndefined();
  });

  it.each([
    ['by the author', 'mia', 'append'],
    ['by an admin', 'adam', 'append'],
    ['by an owner', 'olga', 'append'],
    ['by another member', 'max', 'forbidden'],
  ])('%s: %s', (_title, sender, expected) => expect(verdict(view([entry(1)]), remove(1), sender)).toBe(expected));

  it('of what is deleted answers the number of the deletion', () => {
    const log = view([entry(1, { deleted: 1, changed_by: 2 }), entry(2, { type: 'deletion', target: 1, timestamp: 77 })]);
    expect(decide(log, 'adam', remove(1), NOW)).toEqual({ kind: 'repeat', message_id: 2, timestamp: 77 });
  });
});

describe('a reaction', () => {
  const reactions = JSON.stringify({ '👍': { max: 2 }, '❤️': { mia: 3 } });
  const log = () =>
    view([entry(1, { reactions, changed_by: 3 }), entry(2, { type: 'reaction' }), entry(3, { type: 'reaction', timestamp: 33 })]);
  const left = (frame: LogFrame): unknown => JSON.parse(appended(decide(log(), 'mia', frame, NOW)).changes[0]!.set.reactions ?? 'null');

  it('joins those of its emoji, in the order of their coming', () =>
    expect(left(react(1))).toEqual({ '👍': { max: 2, mia: 4 }, '❤️': { mia: 3 } }));
  it('taken off, and its emoji with the last', () => expect(left(react(1, false, '❤️'))).toEqual({ '👍': { max: 2 } }));
  it('put on twice: the number that put it there', () => {
    expect(decide(log(), 'mia', react(1, true, '❤️'), NOW)).toEqual({ kind: 'repeat', message_id: 3, timestamp: 33 });
  });
  it('taken off without standing: the target’s last change', () => {
    expect(decide(log(), 'mia', react(1, false), NOW)).toEqual({ kind: 'repeat', message_id: 3, timestamp: 33 });
  });
  it.each(['__proto__', 'constructor', 'toString'])('%s is an emoji like any other', (emoji) => {
    const set = appended(decide(view([entry(1)]), 'mia', react(1, true, emoji), NOW)).changes[0]!.set;
    expect(set.reactions).toBe(`{"${emoji}":{"mia":2}}`);
    const again = view([entry(1, { reactions: set.reactions!, changed_by: 2 }), entry(2, { type: 'reaction' })]);
    expect(codeOf(decide(again, 'max', react(1, true, emoji), NOW))).toBe('append');
    expect(codeOf(decide(again, 'mia', react(1, true, emoji), NOW))).toBe('repeat');
  });

  it(`[limits] the ${EMOJIS_PER_MESSAGE_MAX}th emoji is taken, the next refused, one more of a kind is not`, () => {
    const full = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, index) => [`e${index}`, { max: 1 }])));
    const on = (count: number, emoji: string) => verdict(view([entry(1, { reactions: full(count) })]), react(1, true, emoji));
    expect(on(EMOJIS_PER_MESSAGE_MAX - 1, 'new')).toBe('append');
    expect(on(EMOJIS_PER_MESSAGE_MAX, 'new')).toBe('conflict');
    expect(on(EMOJIS_PER_MESSAGE_MAX, 'e7')).toBe('append');
  });
});
