/** The hello of a large inbox: pages of bounded size, one a turn, no more under way than the device takes. */
import { beforeEach, describe, expect, it } from 'vitest';
import { changes, list } from '../../../durable/user-inbox/reading.ts';
import { PAGE_EVERY_MS } from '../../../durable/user-inbox/hello/hellos.ts';
import type { InboxServerFrame } from '../../../protocol/inbox.ts';
import { UNHEARD_BYTES_MAX, INBOX_PAGE_BYTES_MAX, TOMBSTONE_LIFETIME_MS } from '../../../protocol/limits.ts';
import { byteLength } from '../../../protocol/text.ts';
import { delivery, news, record } from './builders.ts';
import { Stage, type TestSocket } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

type Hello = Extract<InboxServerFrame, { op: 'hello' }>;
const hellos = ({ frames }: TestSocket): Hello[] => frames.filter((frame): frame is Hello => frame.op === 'hello');
const idsOf = (pages: readonly Hello[]): string[] => pages.flatMap(({ changed }) => changed.map(({ conversation_id }) => conversation_id));
const shape = (socket: TestSocket) => hellos(socket).map(({ changed, has_more }) => [changed.length, has_more]);
const downFrom = (count: number): string[] => Array.from({ length: count }, (_, n) => `c${count - n}`);

/** Rows `c1` to `cN` that need not be asked, `c1` the oldest. */
function fill(count: number, more: Partial<Parameters<typeof record>[0]> = {}): void {
  const { store } = stage.open.platform;
  store.transaction(() => {
    for (let n = 1; n <= count; n++)
      store.putConversation(record({ conversation_id: `c${n}`, version: n, activity: n, at_least: 0, ...more }), true);
  });
  stage.wake();
}
/** As many as can be: each row near its largest. */
const LARGE = { draft: 'x'.repeat(16_000) };
const toTheEnd = () => stage.pass(1_000);

describe('[A4] the hello of a large inbox', () => {
  it('is one page of 200 rows in the turn of the opening, and each further page has a turn of its own', async () => {
    fill(450);
    const socket = await stage.connect('d');
    expect(shape(socket)).toEqual([[200, true]]);
    await stage.pass(PAGE_EVERY_MS);
    expect(shape(socket)).toEqual([
      [200, true],
      [200, true],
    ]);
    await toTheEnd();
    expect(shape(socket)).toEqual([
      [200, true],
      [200, true],
      [50, false],
    ]);
    expect(idsOf(hellos(socket))).toEqual(downFrom(450));
    expect(hellos(socket).at(-1)!.cursor).toBe('450');
    expect(stage.open.hellos.size).toBe(0);
  });

  it.each([900, 1_100, 5_000])('of %i rows reads a bounded number of them for a page', async (count) => {
    fill(count);
    const first = await stage.cost(() => stage.connect('d'));
    expect(first.rowsRead).toBeLessThanOrEqual(1_500);
    const whole = await stage.cost(async () => {
      for (let page = 0; page < count / 200; page++) await stage.pass(PAGE_EVERY_MS);
    });
    expect(idsOf(hellos(stage.sockets[0]!))).toEqual(downFrom(count));
    expect(whole.rowsRead).toBeLessThanOrEqual((count / 200) * 1_500);
  });

  it('has at most 256 KiB a page, by socket and by HTTP', async () => {
    fill(60, LARGE);
    const socket = await stage.connect('d');
    await stage.pass(20_000);
    const pages = hellos(socket);
    expect(idsOf(pages)).toEqual(downFrom(60));
    for (const page of pages) expect(byteLength(JSON.stringify(page))).toBeLessThanOrEqual(INBOX_PAGE_BYTES_MAX);
    for (const asked of [await changes(stage.open, '', 200), await list(stage.open, '', 200)]) {
      if (!asked.ok) throw new Error(asked.refusal.detail);
      expect(asked.value.has_more).toBe(true);
      expect(byteLength(JSON.stringify(asked.value))).toBeLessThanOrEqual(INBOX_PAGE_BYTES_MAX);
    }
  });

  it('comes in smaller pages to a device that asks for them', async () => {
    fill(25);
    const socket = await stage.connect('d', '', { limit: 10 });
    await toTheEnd();
    expect(shape(socket)).toEqual([
      [10, true],
      [10, true],
      [5, false],
    ]);
    stage = new Stage();
    fill(4, LARGE);
    const slow = await stage.connect('d', '', { limit: 1 });
    await toTheEnd();
    expect(shape(slow)).toEqual([
      [1, true],
      [1, true],
      [1, true],
      [1, false],
    ]);
  });

  it.each<[string, (socket: TestSocket) => void]>([
    ['a ping', (socket) => void (socket.pingedAt = stage.now)],
    ['the acknowledgement of a page', (socket) => stage.say(socket, { op: 'ack', cursor: hellos(socket).at(-1)!.cursor })],
  ])('waits while much is under way and nothing is heard, until %s', async (_sign, giveSign) => {
    fill(200, LARGE);
    const socket = await stage.connect('d');
    await stage.pass(5_000, { heartbeats: false });
    const sent = hellos(socket);
    expect(sent.at(-1)!.has_more).toBe(true);
    expect(byteLength(JSON.stringify(sent))).toBeLessThanOrEqual(UNHEARD_BYTES_MAX + INBOX_PAGE_BYTES_MAX);
    giveSign(socket);
    await stage.pass(1_000, { heartbeats: false });
    expect(hellos(socket).length).toBeGreaterThan(sent.length);
    expect(socket.frames.every(({ op }) => op === 'hello')).toBe(true);
  });

  it('ends with a device whose lease has ended, and with one that is gone', async () => {
    fill(400, LARGE);
    const silent = await stage.connect('d');
    await stage.pass(40_000, { heartbeats: false });
    expect(silent.closed).toBe(4408);
    const gone = await stage.connect('e');
    stage.open.connections.drop(gone);
    const dead = await stage.connect('f');
    dead.dead = true;
    const { rowsRead } = await stage.cost(() => stage.pass(2_000));
    // The page that was on its way to the one that went without a word.
    expect(rowsRead).toBeLessThanOrEqual(1_500);
    expect([stage.open.hellos.size, hellos(gone).length, hellos(dead).length]).toEqual([0, 1, 1]);
  });

  it('lets a delivery in between through at once: it comes live, once, and no page names it again', async () => {
    fill(450);
    const socket = await stage.connect('d');
    await stage.deliver(news('c3', 2));
    await stage.deliver(news('new', 1));
    await stage.deliver(delivery({ conversation_id: 'c5', last_message_id: 9, role: null }));
    expect(socket.frames.map(({ op }) => op)).toEqual(['hello', 'conversation', 'conversation', 'removed']);
    await toTheEnd();
    expect(idsOf(hellos(socket))).toEqual(downFrom(450).filter((id) => id !== 'c3' && id !== 'c5'));
    expect(hellos(socket).at(-1)!.cursor).toBe('450');
    const next = await stage.connect('e', '450');
    expect(hellos(next)).toMatchObject([{ changed: [{ conversation_id: 'new' }, { conversation_id: 'c3' }], removed: ['c5'] }]);
  });

  it('passes tombstones over, a bounded number a page', async () => {
    fill(2);
    const { store } = stage.open.platform;
    for (let n = 3; n <= 5_000; n++)
      store.putConversation(record({ conversation_id: `gone${n}`, version: n, activity: n, role: null, at_least: 0 }), true);
    stage.wake();
    const socket = await stage.connect('d');
    expect(shape(socket)).toEqual([[0, true]]);
    await toTheEnd();
    expect(idsOf(hellos(socket))).toEqual(['c2', 'c1']);
    expect(hellos(socket).at(-1)).toMatchObject({ removed: [], has_more: false });
  });
});

describe('[A4] tombstones', () => {
  const DAY = 86_400_000;
  const remove = (id: string) => stage.deliver(delivery({ conversation_id: id, last_message_id: 9, role: null, updated_at: stage.now }));
  const kept = () => stage.storage.rows<{ id: string }>('SELECT conversation_id AS id FROM conversations WHERE role IS NULL ORDER BY 1');

  it.each([10, 1_200])('of an inbox of %i rows end after 90 days, with the next write, and none is looked for before', async (count) => {
    fill(count);
    await remove('c1');
    stage.now += 10 * DAY;
    await remove('c2');
    stage.wake();
    stage.now += TOMBSTONE_LIFETIME_MS - 10 * DAY;
    const before = await stage.cost(() => stage.deliver(news('c3', 2, { updated_at: stage.now })));
    expect([kept().length, before.rowsRead]).toEqual([2, expect.any(Number)]);
    stage.now += 1;
    await stage.deliver(news('c4', 2, { updated_at: stage.now }));
    expect(kept()).toEqual([{ id: 'c2' }]);
    stage.now += 10 * DAY;
    await stage.deliver(news('c5', 2, { updated_at: stage.now }));
    expect(kept()).toEqual([]);
  });

  it('go a hundred with a write', async () => {
    fill(250, { role: null, updated_at: 1 });
    stage.now = TOMBSTONE_LIFETIME_MS + 2;
    const left: number[] = [];
    for (let n = 1; n <= 4; n++) {
      await stage.deliver(news(`new${n}`, 1, { updated_at: stage.now }));
      left.push(kept().length);
    }
    expect(left).toEqual([150, 50, 0, 0]);
  });

  it('that are no more give no version twice', async () => {
    fill(3);
    await remove('c3');
    stage.now += TOMBSTONE_LIFETIME_MS + 1;
    stage.open.platform.store.collectTombstones(stage.now, 100);
    expect(stage.storage.rows('SELECT max(version) AS version FROM conversations')).toEqual([{ version: 2 }]);
    stage.wake();
    expect(stage.open.rows.version).toBe(4);
    await stage.deliver(news('new', 1));
    expect(stage.open.platform.store.conversation('new')?.version).toBe(5);
  });

  it('a cursor from before that is answered as an empty one, and says so; a later one, or one from the start, is not', async () => {
    fill(3);
    const away = (await stage.connect('d')).frames;
    expect(away).toMatchObject([{ cursor: '3' }]);
    await remove('c2');
    stage.now += TOMBSTONE_LIFETIME_MS + 1;
    await stage.deliver(news('c1', 2, { updated_at: stage.now }));
    await stage.deliver(news('c3', 2, { updated_at: stage.now }));
    stage.wake();
    const fresh = { user_id: 'u', cursor: '6', removed: [], has_more: false, fresh: true };
    const [hello] = hellos(await stage.connect('e', '3'));
    expect(hello).toMatchObject(fresh);
    expect(idsOf([hello!])).toEqual(['c3', 'c1']);
    expect(await changes(stage.open, '3', 50)).toMatchObject({ ok: true, value: { cursor: '6', fresh: true } });
    for (const cursor of ['', '4', '5', '6-0-6']) {
      expect(hellos(await stage.connect(`f${cursor}`, cursor))[0]).not.toHaveProperty('fresh');
      expect(await changes(stage.open, cursor, 50)).not.toMatchObject({ value: { fresh: true } });
    }
  });
});
