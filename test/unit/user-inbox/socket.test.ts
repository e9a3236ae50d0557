/** The inbox socket: what a device gets when it comes, what it may say, and how it ends. */
import { beforeEach, describe, expect, it } from 'vitest';
import { changes } from '../../../durable/user-inbox/reading.ts';
import type { InboxServerFrame } from '../../../protocol/inbox.ts';
import { REFUSED_FRAMES_MAX, SIGNAL_BURST } from '../../../protocol/limits.ts';
import { delivery, news } from './builders.ts';
import { Stage, type TestSocket } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

const fill = async (count: number): Promise<void> => {
  for (let n = 1; n <= count; n++) await stage.deliver(news(`c${n}`, 1));
};
type Hello = Extract<InboxServerFrame, { op: 'hello' }>;
const hellos = (socket: TestSocket): Hello[] => socket.frames.filter((frame): frame is Hello => frame.op === 'hello');
const idsOf = (pages: readonly Hello[]): string[] => pages.flatMap(({ changed }) => changed.map(({ conversation_id }) => conversation_id));
const lastCursor = (socket: TestSocket): string => hellos(socket).at(-1)!.cursor;
const numbered = (from: number, to: number): string[] => Array.from({ length: from - to + 1 }, (_, index) => `c${from - index}`);
const UNKNOWN = '0190aaaa-bbbb-7ccc-8ddd-000000000000';
const GROUP = '0190aaaa-bbbb-7ccc-8ddd-000000000001';
const codes = (socket: TestSocket): string[] => socket.take().flatMap((frame) => (frame.op === 'error' ? [frame.code] : []));

describe('[P7] a device that comes', () => {
  it('for the first time gets everything, newest first, removals left out', async () => {
    await fill(120);
    await stage.deliver(delivery({ conversation_id: 'c7', last_message_id: 2, role: null }));
    const socket = await stage.connect('d');
    expect(hellos(socket).map(({ changed, removed, has_more }) => [changed.length, removed.length, has_more])).toEqual([[119, 0, false]]);
    expect(idsOf(hellos(socket))).toEqual(numbered(120, 1).filter((id) => id !== 'c7'));
    expect(lastCursor(socket)).toBe('121');
  });

  it('with an empty inbox gets one empty page, and nothing is written', async () => {
    let socket!: TestSocket;
    expect(await stage.cost(async () => void (socket = await stage.connect('d')))).toMatchObject({ rowsWritten: 0 });
    expect(socket.frames).toEqual([
      { op: 'hello', user_id: expect.any(String), cursor: '0', changed: [], removed: [], requests: 0, has_more: false },
    ]);
  });

  it('after any time away gets exactly what changed, once each, and what it left', async () => {
    await fill(60);
    const cursor = lastCursor(await stage.connect('d'));
    stage.sockets[0]!.dead = true;
    stage.wake();
    for (const id of ['c9', 'c3', 'c9', 'c50']) await stage.deliver(news(id, 2 + Number(stage.db.usage.rowsWritten)));
    await stage.deliver(delivery({ conversation_id: 'c4', last_message_id: 9, role: null }));
    const back = await stage.connect('d', cursor);
    expect(back.frames).toMatchObject([{ op: 'hello', removed: ['c4'], has_more: false }]);
    expect(idsOf(hellos(back))).toEqual(['c50', 'c9', 'c3']);
    expect((await stage.connect('e', lastCursor(back))).frames).toEqual([
      { op: 'hello', user_id: expect.any(String), cursor: lastCursor(back), changed: [], removed: [], requests: 0, has_more: false },
    ]);
  });

  it('costs frames and statements by what changed, not by what there is', async () => {
    const spent: [number, number][] = [];
    for (const size of [60, 600]) {
      stage = new Stage();
      await fill(size);
      for (const id of stage.open.platform.store.atLeast(1_000)) stage.open.platform.store.setAtLeast(id, false);
      const cursor = String(stage.open.rows.version);
      await stage.deliver(news('c5', 2));
      stage.open.platform.store.setAtLeast('c5', false);
      const { statements } = await stage.cost(() => stage.connect('d', cursor));
      spent.push([statements, stage.sockets[0]!.frames.length]);
      expect(idsOf(hellos(stage.sockets[0]!))).toEqual(['c5']);
    }
    expect(spent[1]).toEqual(spent[0]);
    expect(spent[0]![1]).toBe(1);
  });

  it('by HTTP pages with continuations; what moves meanwhile comes with the final cursor', async () => {
    await fill(5);
    const page = async (cursor: string) => {
      const found = await changes(stage.open, cursor, 2);
      if (!found.ok) throw new Error(found.refusal.detail);
      const { conversations, cursor: next, has_more } = found.value;
      return { ids: conversations.map((row) => row.conversation_id), next, has_more };
    };
    const first = await page('');
    expect(first).toMatchObject({ ids: ['c5', 'c4'], has_more: true });
    await stage.deliver(news('c1', 2));
    const second = await page(first.next);
    expect(second).toEqual({ ids: ['c3', 'c2'], next: '5', has_more: false });
    expect(await page(second.next)).toEqual({ ids: ['c1'], next: '6', has_more: false });
  });

  it.each(['x', '-1', '1.5', '7', '2-1', '9-0-3', '2-1-1', '1-0-2', '3-2-1', '1-2-3-4', ' ', '1e2', '99999999999999999999'])(
    '[P10] with the cursor %j, which is not ours, is refused by HTTP and starts afresh on the socket',
    async (cursor) => {
      await fill(3);
      expect(await changes(stage.open, cursor, 50)).toMatchObject({ ok: false, refusal: { code: 'bad_request' } });
      expect(idsOf(hellos(await stage.connect('d', cursor)))).toEqual(['c3', 'c2', 'c1']);
    },
  );
});

describe('[A7] a flood of well-formed frames', () => {
  const toggles = (count: number) => Array.from({ length: count }, (_, n) => ({ op: 'active', on: n % 2 === 1 }));

  it('is refused frame by frame, then closes the socket; few of them are logged', async () => {
    const socket = await stage.connect('d');
    stage.say(socket, ...toggles(SIGNAL_BURST + REFUSED_FRAMES_MAX));
    expect([codes(socket).length, socket.closed]).toEqual([REFUSED_FRAMES_MAX, undefined]);
    stage.say(socket, ...toggles(1));
    expect(socket.closed).toBe(4429);
    expect(stage.refused).toBeLessThanOrEqual(20);
  });

  it('of receipts is passed on as far as the rate goes, and settles what is owed in any case', async () => {
    await stage.deliver(news(GROUP, 1));
    const socket = await stage.connect('d');
    await stage.deliver(news(GROUP, 2));
    const flood = () =>
      stage.cost(() => {
        for (let n = 0; n < 5_000; n++) stage.say(socket, { op: 'delivered', conversation_id: UNKNOWN, message_id: 1 });
      });
    expect([(await flood()).statements, (await flood()).statements]).toEqual([2_000, 0]);
    const owed = () => stage.open.connections.all().map(({ attachment }) => Object.keys(attachment.owed));
    expect(owed()).toEqual([[GROUP]]);
    stage.say(socket, { op: 'delivered', conversation_id: GROUP, message_id: 2 });
    expect([owed(), socket.closed, codes(socket)]).toEqual([[[]], undefined, []]);
  });
});

describe('frames of a device', () => {
  it('ack and delivered settle what it owes; others keep their debt', async () => {
    const [one, other] = [await stage.connect('d'), await stage.connect('e')];
    await stage.deliver(news('00000000-0000-4000-8000-000000000001', 1));
    const owed = () => stage.open.connections.all().map(({ attachment }) => Object.keys(attachment.owed).length);
    expect(owed()).toEqual([1, 1]);
    stage.say(one, { op: 'ack', cursor: '1' });
    expect(owed()).toEqual([0, 1]);
    stage.say(other, { op: 'delivered', conversation_id: '00000000-0000-4000-8000-000000000001', message_id: 1 });
    expect(owed()).toEqual([0, 0]);
    expect([one.closed, other.closed, codes(one), codes(other)]).toEqual([undefined, undefined, [], []]);
  });

  it('reading anywhere settles the debt everywhere', async () => {
    await stage.connect('d');
    await stage.deliver(news('c', 1));
    await stage.deliver(news('c', 1, { read_message_id: 1, read_total: 1, entries: [] }));
    expect(stage.open.connections.all()[0]!.attachment.owed).toEqual({});
  });

  it('what was delivered is told to the conversation once in half a second, the highest number, and only of one’s own', async () => {
    const ids = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'] as const;
    for (const id of ids) await stage.deliver(news(id, 9));
    const socket = await stage.connect('d');
    stage.calls = [];
    const said = (conversation_id: string, message_id: number) => ({ op: 'delivered', conversation_id, message_id });
    stage.say(socket, said(ids[0], 3), said(ids[0], 9), said(ids[0], 5), said(ids[1], 1));
    stage.say(socket, said('00000000-0000-4000-8000-00000000000f', 1));
    await stage.pass(499);
    expect(stage.calls).toEqual([]);
    await stage.pass(1);
    expect(stage.calls).toEqual([`delivered ${ids[0]} 9`, `delivered ${ids[1]} 1`]);
  });

  it('say of a hundred conversations what they got, and each is told', async () => {
    const ids = Array.from({ length: 100 }, (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
    for (const id of ids) await stage.deliver(news(id, 1));
    const socket = await stage.connect('d');
    stage.calls = [];
    stage.say(
      socket,
      ids.map((conversation_id) => ({ op: 'delivered', conversation_id, message_id: 1 })),
    );
    await stage.pass(500);
    expect(stage.calls.toSorted()).toEqual(ids.map((id) => `delivered ${id} 1`));
    expect(codes(socket)).toEqual([]);
  });

  it('are told to a conversation again when it does not answer, a few times', async () => {
    const id = '00000000-0000-4000-8000-000000000001';
    await stage.deliver(news(id, 1));
    const socket = await stage.connect('d');
    stage.calls = [];
    stage.deliveredFails = true;
    stage.say(socket, { op: 'delivered', conversation_id: id, message_id: 1 });
    await stage.pass(60_000);
    expect(stage.calls).toEqual(Array.from({ length: 4 }, () => `delivered ${id} 1`));
    stage.say(socket, { op: 'delivered', conversation_id: id, message_id: 1 });
    await stage.pass(500);
    stage.deliveredFails = false;
    await stage.pass(60_000);
    expect(stage.calls).toHaveLength(6);
  });

  it('[P10] that make no sense are answered by an error and change nothing; a flood closes', async () => {
    const socket = await stage.connect('d');
    const tooMany = Array.from({ length: 201 }, () => '00000000-0000-4000-8000-000000000001');
    for (const frame of [
      '{',
      '[]',
      'null',
      '{"op":"dance"}',
      { op: 'ack', cursor: 'x' },
      { op: 'ack', cursor: '5' },
      { op: 'active', on: 1 },
    ]) {
      stage.say(socket, frame);
      expect(codes(socket), JSON.stringify(frame)).toEqual(['bad_request']);
    }
    stage.say(socket, { op: 'watch', user_ids: tooMany });
    stage.say(socket, [{ op: 'active', on: false }, { op: 'dance' }]);
    expect(codes(socket)).toEqual(['bad_request', 'bad_request']);
    expect(stage.open.connections.get(socket)!.attachment).toMatchObject({ active: true, watching: [] });
    stage.say(socket, `"${'x'.repeat(200_000)}"`);
    expect(codes(socket)).toEqual(['too_large']);
    for (let n = 0; n < 20; n++) stage.say(socket, 'x');
    expect(socket.closed).toBe(4429);
  });

  it('above a mebibyte close the socket', async () => {
    const socket = await stage.connect('d');
    stage.say(socket, 'x'.repeat(1024 * 1024 + 1));
    expect([socket.closed, stage.open.connections.size]).toEqual([4413, 0]);
  });
});

describe('[P8] the end of a socket', () => {
  it('comes with a newer one of the same device, and of no other', async () => {
    const [first, other] = [await stage.connect('d'), await stage.connect('e')];
    await stage.connect('d');
    expect([first.closed, other.closed, stage.open.connections.size]).toEqual([4409, undefined, 2]);
  });

  it('comes at once with the end of its session', async () => {
    const [ended, kept] = [await stage.connect('d'), await stage.connect('e', '', { session_id: 't' })];
    stage.open.sessions.end('s');
    expect([ended.closed, kept.closed]).toEqual([4401, undefined]);
  });

  it('comes at the next frame or news once its session has run out; until then nobody counts on it', async () => {
    const expires_at = stage.now + 1_000;
    const [one, two] = [await stage.connect('d', '', { expires_at }), await stage.connect('e', '', { expires_at })];
    await stage.pass(1_000);
    expect(stage.open.connections.fresh(stage.now)).toEqual([]);
    stage.say(one, { op: 'active', on: false });
    await stage.deliver(news('c', 1));
    expect([one.closed, two.closed, two.frames.filter(({ op }) => op === 'conversation')]).toEqual([4401, 4401, []]);
  });
});
