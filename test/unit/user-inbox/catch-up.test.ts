/** Rows that may lag behind their conversations: asked when somebody comes, and when somebody reads by HTTP. */
import { beforeEach, describe, expect, it } from 'vitest';
import { changes, list } from '../../../durable/user-inbox/reading.ts';
import type { Delivery } from '../../../durable/user-inbox/api.ts';
import { news } from './builders.ts';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

const atLeast = (): string[] => stage.open.platform.store.atLeast(100);
const rowOf = (id: string) => stage.open.platform.store.conversation(id);

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

  it('do not keep a second reader waiting behind one that does not answer, and are asked by the next', async () => {
    await stage.deliver(news('a', 1));
    let answer: (late: Delivery) => void = () => undefined;
    stage.exact.set('a', new Promise<Delivery>((resolve) => void (answer = resolve)));
    const first = list(stage.open, '', 50);
    await Promise.resolve();
    const second = list(stage.open, '', 50);
    stage.now += 2_000;
    answer(news('a', 2));
    await Promise.all([first, second]);
    expect(stage.calls).toHaveLength(1);
    await list(stage.open, '', 50);
    expect(stage.calls).toHaveLength(2);
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
