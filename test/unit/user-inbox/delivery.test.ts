/** A delivery: what devices see of it, what is written, and what is asked again when a device comes back. */
import { beforeEach, describe, expect, it } from 'vitest';
import { changeOwn, changes, changeSettings, list } from '../../../durable/user-inbox/assembly.ts';
import { delivery, news } from './builders.ts';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

const atLeast = (): string[] => stage.open.platform.store.atLeast(100);
const rowOf = (id: string) => stage.open.platform.store.conversation(id);

describe('[budget] a delivery', () => {
  it('with nobody there is one row written, and none for a repeat, the alarm counted', async () => {
    for (const id of ['c', 'd']) await stage.deliver(news(id, 1));
    const next = news('c', 2);
    expect((await stage.cost(() => stage.deliver(next))).rowsWritten).toBe(1);
    for (const again of [next, next, news('c', 1)]) expect((await stage.cost(() => stage.deliver(again))).rowsWritten).toBe(0);
  });

  it('to a device that is there and acknowledges is at most one row, and no alarm', async () => {
    await stage.deliver(news('c', 1));
    const socket = await stage.connect('d', '1');
    await stage.pass(10_000);
    for (let number = 2; number <= 30; number++) {
      const { rowsWritten } = await stage.cost(async () => {
        await stage.deliver(news('c', number));
        const frame = socket.frames.at(-1)!;
        if (frame.op === 'conversation' && frame.cursor !== undefined) stage.say(socket, { op: 'ack', cursor: frame.cursor });
        await stage.pass(250);
      });
      expect(rowsWritten, `message ${number}`).toBeLessThanOrEqual(1);
    }
    expect(stage.db.usage.alarmsSet).toBeLessThanOrEqual(1);
  });

  it('[P6] says in its row why nobody is notified, for whoever asks after the object has slept', async () => {
    await stage.deliver(news('c', 1));
    expect((await stage.cost(() => stage.deliver(news('c', 2)))).rowsWritten).toBe(1);
    stage.wake();
    expect(stage.open.pushes.log()).toMatchObject([{ conversation_id: 'c', message_id: 2, outcome: 'not_sent', reason: 'no_address' }]);
  });

  it('is written at most every five seconds while a device is there; what was only shown comes again and is stored', async () => {
    const socket = await stage.connect('d');
    expect(await stage.deliver(news('c', 1))).toMatchObject({ stored: true });
    await stage.pass(1_000);
    const shown = await stage.cost(async () => {
      for (let number = 2; number <= 10; number++) expect(await stage.deliver(news('c', number))).toMatchObject({ stored: false });
    });
    expect(shown.rowsWritten).toBe(0);
    expect(rowOf('c')!.last_message_id).toBe(1);
    const frames = socket.take().filter((frame) => frame.op === 'conversation');
    expect(frames.map(({ cursor, conversation }) => [cursor, conversation.unread_count])).toEqual([
      ['1', 1],
      ...[2, 3, 4, 5, 6, 7, 8, 9, 10].map((count) => [undefined, count]),
    ]);
    await stage.pass(4_000);
    expect(await stage.deliver(news('c', 10))).toMatchObject({ stored: true });
    expect(socket.take()).toMatchObject([{ op: 'conversation', cursor: '2', conversation: { unread_count: 10 } }]);
    expect(rowOf('c')!.last_message_id).toBe(10);
  });

  it('is written at once when nobody sees it, also right after another', async () => {
    const socket = await stage.connect('d');
    await stage.deliver(news('c', 1));
    await stage.pass(31_000, { heartbeats: false });
    expect(await stage.deliver(news('c', 2))).toMatchObject({ stored: true, live_elsewhere: false });
    expect(await stage.deliver(news('c', 3))).toMatchObject({ stored: true, live_elsewhere: false });
    expect(socket.frames.at(-1)).toMatchObject({ cursor: '3' });
  });

  it('of a removal is written and told at once, with a cursor', async () => {
    const socket = await stage.connect('d');
    await stage.deliver(news('c', 1));
    await stage.deliver(delivery({ conversation_id: 'c', last_message_id: 2, role: null }));
    expect(socket.frames.at(-1)).toEqual({ op: 'removed', cursor: '2', conversation_id: 'c' });
  });

  it('carries the new entries to the device', async () => {
    const socket = await stage.connect('d');
    const { entries } = news('c', 3);
    await stage.deliver(news('c', 3));
    expect(socket.frames.at(-1)).toMatchObject({ op: 'conversation', messages: entries });
  });

  it('[P6] counts as not stored when the notification could not be queued', async () => {
    await stage.connect('a');
    stage.open.devices.touch('s', 'phone');
    stage.open.devices.putAddress('s', 'phone', { kind: 'fcm', token: 't' });
    await stage.pass(60_000, { heartbeats: false });
    stage.queueFails = true;
    expect(await stage.deliver(news('c', 1))).toMatchObject({ stored: false });
    stage.queueFails = false;
    expect(await stage.deliver(news('c', 1))).toMatchObject({ stored: true });
    expect(stage.jobs).toMatchObject([{ user_id: 'u', conversation_id: 'c', message_id: 1 }]);
  });
});

describe('live elsewhere', () => {
  it('is a device with a running lease that is not in the conversation', async () => {
    const here = (...devices: string[]) => devices.map((device_id) => ({ device_id, heard_at: stage.now }));
    const told = async (number: number, ...devices: string[]) =>
      (await stage.deliver(news('c', number, { here: here(...devices) }))).live_elsewhere;
    expect(await told(1)).toBe(false);
    await stage.connect('d');
    expect(await told(2)).toBe(true);
    expect(await told(3, 'd')).toBe(false);
    await stage.connect('e');
    expect(await told(4, 'd')).toBe(true);
    expect(await told(5, 'd', 'e')).toBe(false);
    await stage.pass(30_001, { heartbeats: false });
    expect(await told(6)).toBe(false);
  });
});

describe('[P4] rows that may lag', () => {
  it('are those told while nobody was live; a live device’s are not', async () => {
    await stage.deliver(news('away', 1));
    stage.exact.set('away', new Error('down'));
    await stage.connect('d');
    await stage.deliver(news('live', 1));
    expect(atLeast()).toEqual(['away']);
  });

  it('are asked once when a device comes, after its hello, and sent when they moved', async () => {
    for (const id of ['a', 'b', 'gone', 'down']) await stage.deliver(news(id, 1));
    stage.exact.set('a', news('a', 7)).set('b', news('b', 1)).set('down', new Error('down'));
    const socket = await stage.connect('d');
    expect(stage.calls.toSorted()).toEqual(['exact a true', 'exact b true', 'exact down true', 'exact gone true']);
    expect(socket.frames.map(({ op }) => op)).toEqual(['hello', 'conversation']);
    expect(socket.frames[1]).toMatchObject({ cursor: '5', conversation: { conversation_id: 'a', unread_count: 7 } });
    expect(atLeast()).toEqual(['down']);
    stage.calls = [];
    await stage.connect('e');
    expect(stage.calls).toEqual(['exact down true']);
  });

  it('are asked fifty at a time, every one once, also when two devices come at once', async () => {
    for (let n = 0; n < 130; n++) {
      await stage.deliver(news(`c${n}`, 1));
      stage.exact.set(`c${n}`, news(`c${n}`, 2));
    }
    await Promise.all([stage.connect('d'), stage.connect('e')]);
    expect(stage.calls).toHaveLength(130);
    expect(new Set(stage.calls).size).toBe(130);
    expect(atLeast()).toEqual([]);
  });

  it('keep their mark when who asked is gone by the answer', async () => {
    await stage.deliver(news('a', 1));
    stage.exact.set('a', news('a', 2, { here: [{ device_id: 'd', heard_at: stage.now }] }));
    await stage.connect('d');
    expect(atLeast()).toEqual(['a']);
  });

  it('are asked again a little later when a conversation does not answer, as in a deploy', async () => {
    await stage.deliver(news('a', 1));
    stage.exact.set('a', new Error('reset'));
    const socket = await stage.connect('d');
    await stage.pass(2_000);
    expect(stage.calls).toEqual(['exact a true', 'exact a true']);
    stage.exact.set('a', news('a', 3));
    await stage.pass(60_000);
    expect(stage.calls).toHaveLength(3);
    expect(socket.frames.at(-1)).toMatchObject({ op: 'conversation', conversation: { unread_count: 3 } });
  });

  it('[P7] that were only shown to sockets are what a reader by HTTP gets too', async () => {
    await stage.connect('d');
    await stage.deliver(news('c', 1));
    expect(await stage.deliver(news('c', 2))).toMatchObject({ stored: false });
    expect(await list(stage.open, '', 50)).toMatchObject({ value: { conversations: [{ unread_count: 2 }] } });
    await stage.deliver(news('c', 3));
    expect(await changes(stage.open, '1', 50)).toMatchObject({ value: { cursor: '3', conversations: [{ unread_count: 3 }] } });
    const spent = await stage.cost(() => stage.deliver(news('c', 3)));
    expect([spent.rowsWritten, rowOf('c')!.last_message_id]).toEqual([0, 3]);
  });

  it('[P7] that were only shown to other devices are in the hello of one that comes', async () => {
    const first = await stage.connect('d');
    await stage.deliver(news('c', 1));
    expect(await stage.deliver(news('c', 2))).toMatchObject({ stored: false });
    const second = await stage.connect('e');
    expect(second.frames).toMatchObject([{ op: 'hello', cursor: '2', changed: [{ unread_count: 2 }] }]);
    expect(first.frames.at(-1)).toMatchObject({ op: 'conversation', cursor: '2', conversation: { unread_count: 2 } });
  });

  it('are not asked for ever', async () => {
    await stage.deliver(news('a', 1));
    stage.exact.set('a', new Error('gone'));
    await stage.connect('d');
    await stage.pass(3_600_000);
    expect(stage.calls).toHaveLength(3);
  });

  it('[P7] are asked when the list is read by HTTP, by two at once only once, and keep their mark', async () => {
    await stage.deliver(news('a', 1));
    stage.exact.set('a', news('a', 4));
    const unread = async (): Promise<number[]> => {
      const page = await list(stage.open, '', 50);
      return page.ok ? page.value.conversations.map(({ unread_count }) => unread_count) : [];
    };
    expect(await Promise.all([unread(), unread()])).toEqual([[4], [4]]);
    expect([stage.calls, atLeast()]).toEqual([['exact a false'], ['a']]);
    stage.exact.set('a', news('a', 5));
    expect(await unread()).toEqual([5]);
  });

  it('[P7] are asked again for one who reads while they are being asked, and seldom for one who reads all the time', async () => {
    await stage.deliver(news('a', 1));
    stage.exact.set('a', news('a', 1));
    const read = (): Promise<unknown> => list(stage.open, '', 50);
    const first = read();
    await Promise.resolve();
    await Promise.all([first, read(), read()]);
    expect(stage.calls).toHaveLength(2);
    for (let times = 0; times < 100; times++) await read();
    expect(stage.calls).toHaveLength(30);
    await stage.pass(1_000);
    await Promise.all([read(), read()]);
    expect(stage.calls).toHaveLength(31);
  });

  it('[P7] are asked by the next reader when the storage failed the one before', async () => {
    await stage.deliver(news('a', 1));
    stage.exact.set('a', news('a', 2));
    stage.storage.fault = () => {
      throw new Error('SQLITE_IOERR');
    };
    await expect(list(stage.open, '', 50)).rejects.toThrow('SQLITE_IOERR');
    stage.storage.fault = undefined;
    expect(await list(stage.open, '', 50)).toMatchObject({ value: { conversations: [{ unread_count: 2 }] } });
  });

  it('are marked when the last device has gone, though nothing new is told', async () => {
    const socket = await stage.connect('d');
    await stage.deliver(news('c', 1));
    expect(atLeast()).toEqual([]);
    stage.open.connections.drop(socket);
    await stage.deliver(news('c', 1));
    expect(atLeast()).toEqual(['c']);
  });
});

describe('the own view', () => {
  it('of a conversation that has not told of itself yet is asked for; a stranger’s is not found', async () => {
    stage.exact.set('new', news('new', 1)).set('left', delivery({ conversation_id: 'left', role: null }));
    const pin = (id: string) => changeOwn(stage.open, id, (row) => stage.open.rows.changeSettings(row, { pinned: true }));
    expect(await pin('new')).toMatchObject({ ok: true, value: { pinned: 1 } });
    for (const id of ['left', 'unknown']) expect(await pin(id)).toMatchObject({ ok: false, refusal: { code: 'not_found' } });
  });

  it('changed while news was only shown goes on from what was shown, and is stored with it', async () => {
    const socket = await stage.connect('d');
    await stage.deliver(news('c', 1));
    const shown: unknown[] = [];
    for (let number = 2; number <= 4; number++) {
      await stage.pass(1_000);
      expect(await stage.deliver(news('c', number))).toMatchObject({ stored: false });
      const saved = await changeOwn(stage.open, 'c', (row) =>
        stage.open.rows.putDraft(row, { content: `draft ${number}`, edited_at: stage.now }),
      );
      expect(saved.ok).toBe(true);
      expect(await stage.deliver(news('c', number))).toMatchObject({ stored: true });
    }
    for (const frame of socket.take()) if (frame.op === 'conversation') shown.push([frame.cursor, frame.conversation.unread_count]);
    expect(shown).toEqual([
      ['1', 1],
      [undefined, 2],
      ['2', 2],
      [undefined, 3],
      ['3', 3],
      [undefined, 4],
      ['4', 4],
    ]);
    expect(await changeSettings(stage.open, 'c', { pinned: true })).toMatchObject({ ok: true, value: { unread_count: 4 } });
  });

  it('marked as unread right after reading stays so, though the reading is told later', async () => {
    await stage.deliver(news('c', 2));
    const read = news('c', 2, { read_message_id: 2, read_total: 2, entries: [] });
    stage.exact.set('c', read);
    expect(await changeSettings(stage.open, 'c', { marked_unread: true })).toMatchObject({
      value: { unread_count: 0, marked_unread: true },
    });
    await stage.deliver(read);
    expect(rowOf('c')).toMatchObject({ marked_unread: 1, read_message_id: 2 });
    await stage.deliver(news('c', 3, { read_message_id: 3, read_total: 3, entries: [] }));
    expect(rowOf('c')).toMatchObject({ marked_unread: 0 });
  });

  it('changed twice the same way is one row written and one frame', async () => {
    await stage.deliver(news('c', 1));
    const socket = await stage.connect('d', '1');
    socket.take();
    const change = () => changeOwn(stage.open, 'c', (row) => stage.open.rows.changeSettings(row, { muted_until: 5, archived: true }));
    expect((await stage.cost(async () => void (await change()))).rowsWritten).toBe(1);
    expect((await stage.cost(async () => void (await change()))).rowsWritten).toBe(0);
    expect(socket.take()).toMatchObject([
      { op: 'conversation', cursor: '2', conversation: { muted_until: 5, archived: true }, messages: [] },
    ]);
  });
});
