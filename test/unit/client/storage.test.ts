/** One contract, two storages: memory and IndexedDB. */
import 'fake-indexeddb/auto';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { indexedDbStorage } from '../../../client/src/indexed-db.ts';
import { memoryStorage } from '../../../client/src/memory-storage.ts';
import {
  KEPT_MESSAGES_MAX,
  type ClientStorage,
  type Cursor,
  type InboxSave,
  type KeptRow,
  type QueuedFrame,
  type TimelineSave,
} from '../../../client/src/storage.ts';
import { ANN, BEN, CONVERSATION, edit, row, send, text, texts } from './builders.ts';

const OTHER = '00000000-0000-4000-8000-00000000beef';
const details = { members: [{ user_id: ANN, role: 'owner' as const, joined_message_id: 0 }], receipts: [], read: 2 };
const cursor = (first: number, last: number, epoch: string | null = 'one'): Cursor => ({ epoch, first, last });
const save = (more: Partial<TimelineSave>): TimelineSave => ({ cursor: cursor(1, 2), put: texts(1, 2), reset: false, ...more });
const kept = (id: string): KeptRow => ({ row: row(id), read: 0, at: 0 });
const queued = (seq: number, globalId: string): QueuedFrame => ({ seq, frame: send(globalId), created_at: seq });

let databases = 0;
const storages: [name: string, make: () => ClientStorage][] = [
  ['memory', memoryStorage],
  ['IndexedDB', () => indexedDbStorage(`storage-${databases++}`)],
];

describe.each(storages)('%s', (_name, make) => {
  test('values are kept by name', async () => {
    const storage = make();
    expect(await storage.value('device_id')).toBeNull();
    await storage.setValue('device_id', 'one');
    await storage.setValue('device_id', 'two');
    expect(await storage.value('device_id')).toBe('two');
  });

  test('a timeline comes back as it was saved, batch by batch', async () => {
    const storage = make();
    expect(await storage.timeline(ANN, CONVERSATION)).toBeNull();
    await storage.saveTimeline(ANN, CONVERSATION, save({ details }));
    await storage.saveTimeline(ANN, CONVERSATION, save({ cursor: cursor(1, 4), put: [text(4)] }));
    expect(await storage.timeline(ANN, CONVERSATION)).toEqual({ cursor: cursor(1, 4), messages: texts(1, 2, 4), details });
  });

  test('users and conversations are kept apart', async () => {
    const storage = make();
    await storage.saveTimeline(ANN, CONVERSATION, save({}));
    await storage.putOutbox(ANN, CONVERSATION, [queued(1, 'one')]);
    for (const [owner, id] of [
      [BEN, CONVERSATION],
      [ANN, OTHER],
    ] as const) {
      expect(await storage.timeline(owner, id)).toBeNull();
      expect(await storage.outbox(owner, id)).toEqual([]);
    }
    expect([await storage.outboxes(ANN), await storage.outboxes(BEN)]).toEqual([[CONVERSATION], []]);
  });

  test('a cursor is only replaced by one that reaches further, either way', async () => {
    const storage = make();
    await storage.saveTimeline(ANN, CONVERSATION, save({ cursor: cursor(5, 9), put: texts(5, 9) }));
    await storage.saveTimeline(ANN, CONVERSATION, save({ cursor: cursor(5, 7), put: [] }));
    expect((await storage.timeline(ANN, CONVERSATION))?.cursor).toEqual(cursor(5, 9));
    await storage.saveTimeline(ANN, CONVERSATION, save({ cursor: cursor(2, 9), put: texts(2) }));
    expect(await storage.timeline(ANN, CONVERSATION)).toEqual({ cursor: cursor(2, 9), messages: texts(2, 5, 9), details: null });
  });

  test('a message is only replaced by a later state of itself', async () => {
    const storage = make();
    const late = text(1, { content: 'late', changed_by: 7 });
    await storage.saveTimeline(ANN, CONVERSATION, save({ put: [late] }));
    await storage.saveTimeline(ANN, CONVERSATION, save({ put: [text(1, { content: 'early', changed_by: 5 }), text(2)] }));
    expect((await storage.timeline(ANN, CONVERSATION))?.messages).toEqual([late, text(2)]);
  });

  test('a copy of another log does not mix with the one that is there, unless it replaces it', async () => {
    const storage = make();
    await storage.saveTimeline(ANN, CONVERSATION, save({}));
    await storage.saveTimeline(ANN, CONVERSATION, save({ cursor: cursor(1, 9, 'two'), put: texts(9) }));
    expect((await storage.timeline(ANN, CONVERSATION))?.messages).toEqual(texts(1, 2));
    await storage.saveTimeline(ANN, CONVERSATION, save({ cursor: cursor(1, 1, 'two'), put: [text(1, { content: 'other' })], reset: true }));
    expect(await storage.timeline(ANN, CONVERSATION)).toMatchObject({
      cursor: cursor(1, 1, 'two'),
      messages: [text(1, { content: 'other' })],
    });
  });

  test('what lies outside the cursor is not shown', async () => {
    const storage = make();
    await storage.saveTimeline(ANN, CONVERSATION, save({ cursor: cursor(3, 4), put: texts(1, 3, 4, 6) }));
    expect((await storage.timeline(ANN, CONVERSATION))?.messages).toEqual(texts(3, 4));
  });

  test('[P9] the copy of an empty log can be read', async () => {
    const storage = make();
    await storage.saveTimeline(ANN, CONVERSATION, save({ cursor: cursor(1, 0), put: [] }));
    expect(await storage.timeline(ANN, CONVERSATION)).toEqual({ cursor: cursor(1, 0), messages: [], details: null });
  });

  test('[P7] entries that continue the copy are added, changes applied, and what lies beyond a gap is left out', async () => {
    const storage = make();
    await storage.append(ANN, CONVERSATION, texts(1, 2));
    expect(await storage.timeline(ANN, CONVERSATION)).toBeNull();
    await storage.saveTimeline(ANN, CONVERSATION, save({}));
    await storage.append(ANN, CONVERSATION, [text(2), text(3), edit(4, 1, 'new'), edit(5, 3, 'newer'), text(7)]);
    expect(await storage.timeline(ANN, CONVERSATION)).toEqual({
      cursor: cursor(1, 5),
      messages: [
        text(1, { content: 'new', changed_by: 4, edited_by: 4 }),
        text(2),
        text(3, { content: 'newer', changed_by: 5, edited_by: 5 }),
      ],
      details: null,
    });
  });

  test('[P7] the inbox comes back as it was saved, and a reset drops what is not in the save', async () => {
    const storage = make();
    expect(await storage.inbox(ANN)).toEqual({ cursor: '', rows: [] });
    const [one, two] = [kept('a'), kept('b')];
    await storage.saveInbox(ANN, { put: [one, two], remove: [], cursor: '7', reset: false });
    await storage.saveInbox(ANN, { put: [{ ...one, read: 3 }], remove: ['b'], reset: false });
    expect(await storage.inbox(ANN)).toEqual({ cursor: '7', rows: [{ ...one, read: 3 }] });
    expect(await storage.inbox(BEN)).toEqual({ cursor: '', rows: [] });
    await storage.saveInbox(ANN, { put: [two], remove: [], cursor: '2', reset: true });
    expect(await storage.inbox(ANN)).toEqual({ cursor: '2', rows: [two] });
  });

  test('[P9] of two tabs, the one that is behind does not take a row back, but what it has read counts', async () => {
    const storage = make();
    const save = (at: number, read: number, more: Partial<InboxSave> = {}) =>
      storage.saveInbox(ANN, { put: [{ row: row('a', at), read, at }], remove: [], reset: false, ...more });
    await save(9, 2);
    await save(5, 5);
    await save(7, 3);
    expect((await storage.inbox(ANN)).rows).toEqual([{ row: row('a', 9), read: 5, at: 9 }]);
    await save(9, 4);
    expect((await storage.inbox(ANN)).rows).toEqual([{ row: row('a', 9), read: 5, at: 9 }]);
    await save(1, 1, { reset: true });
    expect((await storage.inbox(ANN)).rows).toEqual([{ row: row('a', 1), read: 1, at: 1 }]);
  });

  test('[P9] a draft is kept per user and conversation until it is removed', async () => {
    const storage = make();
    const draft = { conversation_id: 'a', content: 'hm', edited_at: 5 };
    await storage.putDraft(ANN, draft);
    await storage.putDraft(ANN, { ...draft, content: 'hmm', edited_at: 6 });
    expect([await storage.drafts(ANN), await storage.drafts(BEN)]).toEqual([[{ ...draft, content: 'hmm', edited_at: 6 }], []]);
    await storage.removeDraft(ANN, 'a');
    expect(await storage.drafts(ANN)).toEqual([]);
  });

  test('a start loads the newest, and says where they begin', async () => {
    const storage = make();
    const all = Array.from({ length: KEPT_MESSAGES_MAX + 20 }, (_, index) => text(index + 1));
    await storage.saveTimeline(ANN, CONVERSATION, save({ cursor: cursor(1, all.length), put: all }));
    const loaded = await storage.timeline(ANN, CONVERSATION);
    expect([loaded?.messages.length, loaded?.cursor]).toEqual([KEPT_MESSAGES_MAX, cursor(21, all.length)]);
  });

  test('[P9] the outbox comes back in sending order, without what was removed', async () => {
    const storage = make();
    await storage.putOutbox(ANN, CONVERSATION, [queued(10, 'b'), queued(2, 'c')]);
    await storage.putOutbox(ANN, CONVERSATION, [queued(10, 'a'), queued(1, 'd')]);
    await storage.removeOutbox(ANN, CONVERSATION, ['d', 'unknown']);
    expect(await storage.outbox(ANN, CONVERSATION)).toEqual([queued(2, 'c'), queued(10, 'a'), queued(10, 'b')]);
  });

  test('a frame that is put again replaces itself, and an emptied outbox is none', async () => {
    const storage = make();
    const refused: QueuedFrame = { ...queued(1, 'a'), refusal: { code: 'forbidden', detail: 'no' } };
    await storage.putOutbox(ANN, CONVERSATION, [queued(1, 'a')]);
    await storage.putOutbox(ANN, CONVERSATION, [refused]);
    expect(await storage.outbox(ANN, CONVERSATION)).toEqual([refused]);
    await storage.removeOutbox(ANN, CONVERSATION, ['a']);
    expect(await storage.outboxes(ANN)).toEqual([]);
  });

  test('nobody can change what is stored from outside', async () => {
    const storage = make();
    const mine = text(1);
    await storage.saveTimeline(ANN, CONVERSATION, save({ cursor: cursor(1, 1), put: [mine] }));
    mine.content = 'changed afterwards';
    const loaded = await storage.timeline(ANN, CONVERSATION);
    loaded!.messages[0]!.content = 'changed too';
    expect((await storage.timeline(ANN, CONVERSATION))?.messages).toEqual(texts(1));
  });
});

test('[P9] IndexedDB: where nothing can be kept, nothing is there, and a write says that it failed', async () => {
  const open = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw new DOMException('no storage here', 'SecurityError');
  });
  onTestFinished(() => open.mockRestore());
  const storage = indexedDbStorage('nowhere');
  expect(await Promise.all([storage.value('device_id'), storage.timeline(ANN, CONVERSATION), storage.inbox(ANN)])).toEqual([
    null,
    null,
    { cursor: '', rows: [] },
  ]);
  expect(await Promise.all([storage.drafts(ANN), storage.outbox(ANN, CONVERSATION), storage.outboxes(ANN)])).toEqual([[], [], []]);
  await expect(storage.setValue('device_id', 'one')).rejects.toThrow('no storage here');
  await expect(storage.putOutbox(ANN, CONVERSATION, [queued(1, 'one')])).rejects.toThrow('no storage here');
  open.mockRestore();
  await storage.setValue('device_id', 'two');
  expect(await storage.value('device_id')).toBe('two');
});

test('IndexedDB: a storage that was closed opens again at the next use', async () => {
  const storage = indexedDbStorage('reopened');
  await storage.setValue('device_id', 'one');
  await storage.close();
  expect(await storage.value('device_id')).toBe('one');
});

test('IndexedDB: forgetting deletes the database, and a late write does not bring it back', async () => {
  const storage = indexedDbStorage('forgotten');
  const otherTab = indexedDbStorage('forgotten');
  await storage.putOutbox(ANN, CONVERSATION, [queued(1, 'one')]);
  await storage.saveTimeline(ANN, CONVERSATION, save({}));
  expect(await otherTab.outboxes(ANN)).toEqual([CONVERSATION]);
  await storage.forget();
  await expect(storage.putOutbox(ANN, CONVERSATION, [queued(2, 'two')])).rejects.toThrow('forgotten');
  expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain('forgotten');
  const next = indexedDbStorage('forgotten');
  expect([await next.timeline(ANN, CONVERSATION), await next.outbox(ANN, CONVERSATION)]).toEqual([null, []]);
});
