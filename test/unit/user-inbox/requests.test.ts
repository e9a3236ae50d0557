/** What waits for the user's answer, in their own object: told apart, counted, and nobody is notified of it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { list } from '../../../durable/user-inbox/reading.ts';
import type { Delivery } from '../../../durable/user-inbox/api.ts';
import { merge, toRow } from '../../../durable/user-inbox/inbox.ts';
import { delivery, news, record } from './builders.ts';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = new Stage();
  await stage.open.pushAddresses.put({ session_id: 's', expires_at: 9_000_000_000 }, 'phone', { kind: 'fcm', token: 't' });
});

const request = (id: string, messages: number, at = 1): Delivery =>
  news(id, messages, { kind: 'direct', title: null, consent: { state: 'request', at } });
const invited = (id: string, at = 1): Delivery =>
  delivery({
    conversation_id: id,
    last_message_id: 70,
    countable_total: 0,
    members: [],
    consent: { state: 'invited', at, invitation: { invited_by: 'v', member_count: 3, expires_at: 9_000_000_000 } },
  });
const rowOf = (id: string) => stage.open.platform.store.conversation(id);
const idsOf = async (state?: 'request' | 'invited'): Promise<string[]> => {
  const page = await list(stage.open, '', 50, state);
  return page.ok ? page.value.conversations.map(({ conversation_id }) => conversation_id) : [];
};

describe('[P8] what waits for an answer', () => {
  it('is in the hello with its state, is counted there, and is no part of the list unless it is asked for', async () => {
    await stage.deliver(news('c', 1));
    await stage.deliver(request('r', 2));
    await stage.deliver(invited('i'));
    const socket = await stage.connect('d');
    expect(socket.frames[0]).toMatchObject({
      op: 'hello',
      requests: 2,
      changed: [
        {
          conversation_id: 'i',
          state: 'invited',
          invited_by: 'v',
          member_count: 3,
          expires_at: 9_000_000_000,
          last_message_id: 0,
          unread_count: 0,
        },
        { conversation_id: 'r', state: 'request', unread_count: 2 },
        { conversation_id: 'c' },
      ],
    });
    expect('state' in toRow(rowOf('c')!)).toBe(false);
    expect([await idsOf(), await idsOf('request'), await idsOf('invited')]).toEqual([['c'], ['r'], ['i']]);
    expect(stage.open.platform.pushStore.unread(stage.now)).toBe(1);
  });

  it('comes to a connected device at once, and what it becomes too: with a cursor, so that it holds', async () => {
    const socket = await stage.connect('d');
    socket.take();
    await stage.deliver(request('r', 1));
    await stage.deliver(news('r', 1, { kind: 'direct', title: null, consent: { state: 'active', at: 2 } }));
    const told = socket.take().map((frame) => (frame.op === 'conversation' ? [frame.conversation.state, frame.cursor] : frame.op));
    expect(told).toEqual([
      ['request', '1'],
      [undefined, '2'],
    ]);
  });

  it('[P6] notifies nobody, at once or later, also not of what came before it was accepted', async () => {
    const socket = await stage.connect('d');
    await stage.deliver(request('r', 1));
    await stage.deliver(invited('i'));
    socket.dead = true;
    for (let rings = 0; rings < 5; rings++) await stage.alarm();
    await stage.deliver(request('r', 2));
    await stage.deliver(news('r', 2, { kind: 'direct', consent: { state: 'active', at: 2 } }));
    expect(stage.jobs).toEqual([]);
    await stage.deliver(news('r', 3, { kind: 'direct', consent: { state: 'active', at: 2 } }));
    expect(stage.jobs).toMatchObject([{ conversation_id: 'r', message_id: 3 }]);
  });

  it('does not open what it is about: an invitation has no settings and no draft', async () => {
    await stage.deliver(invited('i'));
    await stage.deliver(request('r', 1));
    expect([stage.open.rows.ofMember('i'), stage.open.rows.ofMember('r')?.conversation_id]).toEqual([undefined, 'r']);
  });

  it('costs no other row a second one, and itself two', async () => {
    for (const each of [news('c', 1), request('r', 1)]) await stage.deliver(each);
    const rows = async (one: Delivery): Promise<number> => (await stage.cost(() => stage.deliver(one))).rowsWritten;
    expect(await rows(news('c', 2))).toBe(1);
    expect(await rows(request('r', 2))).toBeLessThanOrEqual(2);
    const { rowsRead } = await stage.cost(() => stage.open.platform.store.unanswered(1_000));
    expect(rowsRead).toBeLessThanOrEqual(2);
  });
});

describe('of two states of the same number', () => {
  const active = { state: 'active', at: 2 } as const;
  it.each<[string, Partial<Delivery>, Partial<Delivery>, string]>([
    ['the later one counts', { consent: { state: 'request', at: 1 } }, { consent: active }, 'active'],
    ['an earlier one that comes late changes nothing', { consent: active }, { consent: { state: 'request', at: 1 } }, 'active'],
    ['a deletion that comes late does not either', { consent: active }, { role: null, consent: { state: 'active', at: 1 } }, 'active'],
    ['a higher number counts more', { consent: active }, { last_message_id: 2, consent: { state: 'request', at: 1 } }, 'request'],
  ])('%s', (_what, first, second, state) => {
    const old = merge(undefined, delivery(first), 1)!;
    const merged = merge(old, delivery(second), 2) ?? old;
    expect([merged.state, merged.role]).toEqual([state, 'member']);
  });

  it('the same end told again, later, is no news', () => {
    const end = (at: number): Delivery => delivery({ role: null, consent: { state: 'active', at } });
    const gone = merge(record(), end(5), 2)!;
    expect(gone).toMatchObject({ role: null, version: 2 });
    expect(merge(gone, end(9), 3)).toBeNull();
    // An invitation after it comes up where something new stands.
    expect(merge(gone, invited('c', 10), 3)).toMatchObject({ role: 'member', state: 'invited', version: 3 });
    expect(merge(gone, { ...invited('c', 10), last_message_id: 1 }, 3)).toMatchObject({ activity: 3 });
  });
});
