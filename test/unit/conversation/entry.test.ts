/** A log entry as a wire message and as a line in a list. */
import { describe, expect, it } from 'vitest';
import { arrayFrame, messageFrame, messageJson, toLastMessage, toMessage } from '../../../durable/conversation/entry.ts';
import { nextEntry } from '../../../durable/conversation/log.ts';
import type { EntryRecord } from '../../../durable/conversation/schema.ts';
import { message } from '../../../protocol/message.ts';
import { serverFrame } from '../../../protocol/server-frames.ts';
import { CONVERSATION, user, uuid } from './stage.ts';

const entry = (more: Partial<EntryRecord> = {}): EntryRecord =>
  nextEntry(
    { head: 6, countableTotal: 3 },
    { global_id: uuid(), sender_id: user(1), type: 'text', timestamp: 5, content: 'hello', ...more },
  );

const fields = (more: Partial<EntryRecord>): string[] => Object.keys(toMessage(entry(more), CONVERSATION)).slice(7);

describe('a message on the wire', () => {
  it('has what every entry has, and nothing empty', () => {
    const row = entry();
    expect(toMessage(row, CONVERSATION)).toEqual({
      message_id: 7,
      global_id: row.global_id,
      conversation_id: CONVERSATION,
      sender_id: user(1),
      type: 'text',
      content: 'hello',
      timestamp: 5,
    });
  });

  it.each<[string, Partial<EntryRecord>, string[]]>([
    ['a reply', { reply_to: 3 }, ['reply_to']],
    ['a mention', { mentions: JSON.stringify([user(2)]) }, ['mentions']],
    ['an edited one', { changed_by: 9, edited_by: 8 }, ['changed_by', 'edited_by']],
    ['a deleted one keeps no reference', { deleted: 1, content: '', reply_to: 3, changed_by: 9 }, ['changed_by', 'deleted']],
    ['a reaction', { type: 'reaction', target: 3, switched_on: 0 }, ['target', 'on']],
    ['a membership', { type: 'membership', detail: JSON.stringify({ action: 'left', user_id: user(1) }) }, ['membership']],
    ['a title', { type: 'conversation', detail: JSON.stringify({ title: 'New' }) }, ['conversation']],
  ])('%s', (_what, more, expected) => {
    expect(fields(more)).toEqual(expected);
    expect(message.safeParse(toMessage(entry(more), CONVERSATION)).error).toBeUndefined();
  });

  it('counts reactions, in the order of their coming', () => {
    const reactions = JSON.stringify({ '🎉': { [user(2)]: 8, [user(1)]: 9 }, '👍': { [user(1)]: 10 } });
    expect(toMessage(entry({ reactions }), CONVERSATION).reactions).toEqual([
      { emoji: '🎉', count: 2, user_ids: [user(2), user(1)] },
      { emoji: '👍', count: 1, user_ids: [user(1)] },
    ]);
  });

  it('one frame stands alone, several in an array, and both are of the contract', () => {
    const frame = messageFrame(messageJson(entry({ content: '"\\\u2028' }), CONVERSATION));
    expect(arrayFrame([frame])).toBe(frame);
    const several = JSON.parse(arrayFrame([frame, frame])) as unknown[];
    expect(several).toHaveLength(2);
    for (const each of several) expect(serverFrame.safeParse(each).error).toBeUndefined();
  });
});

describe('a line in a list', () => {
  it('is cut at 256 characters, and no pair is cut in two', () => {
    expect(toLastMessage(entry({ content: 'x'.repeat(300) })).content).toBe('x'.repeat(256));
    expect(toLastMessage(entry({ content: 'x'.repeat(256) })).content).toBe('x'.repeat(256));
    const cut = toLastMessage(entry({ content: `${'x'.repeat(255)}👍👍` })).content;
    expect(cut).toBe('x'.repeat(255));
    expect(cut.isWellFormed()).toBe(true);
  });

  it('says that it was deleted, and only then', () => {
    expect(toLastMessage(entry({ deleted: 1, content: '' }))).toMatchObject({ deleted: true, content: '' });
    expect(toLastMessage(entry())).not.toHaveProperty('deleted');
  });
});
