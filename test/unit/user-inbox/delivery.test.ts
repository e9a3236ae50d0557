/** A delivery: what devices see of it, and what is written. */
import { beforeEach, describe, expect, it } from 'vitest';
import { changeOwn, changeSettings } from '../../../durable/user-inbox/reading.ts';
import { delivery, news } from './builders.ts';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

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

  it('[P6] counts as stored although the notification could not be queued, which the alarm does later', async () => {
    await stage.connect('a');
    await stage.open.pushAddresses.put({ session_id: 's', expires_at: 9_000_000_000 }, 'phone', { kind: 'fcm', token: 't' });
    await stage.pass(60_000, { heartbeats: false });
    stage.queueFails = true;
    expect(await stage.deliver(news('c', 1))).toMatchObject({ stored: true });
    expect(stage.jobs).toEqual([]);
    stage.queueFails = false;
    expect(await stage.alarm()).toBe(true);
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
