/** A message request in the conversation itself: what inboxes are told, and what its opener is not. */
import { describe, expect, it } from 'vitest';
import { ASK_AGAIN_AFTER_MS } from '../../../protocol/limits.ts';
import { ring } from '../../../durable/conversation/assembly.ts';
import type { Delivery } from '../../../durable/user-inbox/api.ts';
import { stage, textFrame, user, type Stage } from './stage.ts';

const [OPENER, ASKED] = [user(1), user(2)];

async function asking(): Promise<{
  set: Stage;
  told: Delivery[];
  last: (userId: string) => Delivery | undefined;
  projected: [number, string[]][];
}> {
  const set = await stage({ size: 2, kind: 'direct', asks: true });
  const told: Delivery[] = [];
  const projected: [number, string[]][] = [];
  set.deliver = (delivery) => {
    told.push(delivery);
    return Promise.resolve({ stored: true, live_elsewhere: false, read_receipts: true });
  };
  set.projectMembers = async (version, userIds) => void projected.push([version, [...userIds]]);
  return { set, told, last: (userId) => told.findLast(({ user_id }) => user_id === userId), projected };
}
const ops = (frames: readonly { op: string }[]): string[] => frames.map(({ op }) => op);
/** Long enough for everything that is gathered or waits to be told. */
async function settle(set: Stage): Promise<void> {
  for (let step = 0; step < 9; step++) {
    await set.clock.run(10_000);
    set.commit();
    if (set.alarms.armedAt === null || set.alarms.armedAt > set.clock.now()) continue;
    set.alarms.rang();
    await ring(set.assembly, { alarms: set.alarms, now: () => set.clock.now() });
  }
}

describe('[P8] a message request', () => {
  it('is told to the asked one as a request, to its opener as a conversation that asks; D1 knows of no common one', async () => {
    const { set, last, projected } = await asking();
    set.write(OPENER, textFrame('hello'));
    await settle(set);
    expect(last(ASKED)).toMatchObject({
      role: 'member',
      last_message_id: 1,
      consent: { state: 'request' },
      entries: [{ content: 'hello' }],
    });
    expect(last(OPENER)).toMatchObject({ role: 'member', consent: { state: 'asking' } });
    expect(projected.at(-1)![1]).toEqual([OPENER]);
  });

  it('shows its opener neither what was delivered or read nor that the other types, until it is accepted', async () => {
    const { set } = await asking();
    set.write(OPENER, textFrame('hello'));
    const [opener, asked] = [set.join(OPENER), set.join(ASKED)];
    const { connections, room } = set.assembly;
    for (const frame of [
      { op: 'read', message_id: 1 },
      { op: 'typing', on: true },
    ] as const)
      room.receive(connections.of(ASKED)[0]!, [frame]);
    await settle(set);
    expect(ops(opener.frames)).toEqual(['hello', 'message']);
    expect(set.join(OPENER).frames[0]).toMatchObject({ op: 'hello', receipts: [{ user_id: OPENER, delivered: 1, read: 1 }] });
    // The own devices know how far they are.
    expect(asked.frames.filter(({ op }) => op === 'receipts')).toEqual([
      { op: 'receipts', receipts: [{ user_id: ASKED, delivered: 1, read: 1 }] },
    ]);
    expect(set.assembly.consent.accept(ASKED)).toEqual({ ok: true, value: null });
    await settle(set);
    expect(opener.frames.at(-1)).toMatchObject({
      op: 'receipts',
      receipts: expect.arrayContaining([{ user_id: ASKED, delivered: 1, read: 1 }]),
    });
  });

  it('keeps that to itself also when the opener turns read receipts off and on', async () => {
    const { set } = await asking();
    set.write(OPENER, textFrame('hello'));
    const opener = set.join(OPENER);
    set.join(ASKED);
    set.assembly.room.receive(set.assembly.connections.of(ASKED)[0]!, [{ op: 'read', message_id: 1 }]);
    for (const on of [false, true]) set.assembly.signals.readReceipts(OPENER, on);
    for (const on of [false, true]) set.assembly.signals.readReceipts(ASKED, on);
    await settle(set);
    const shown = opener.frames.flatMap((frame) => (frame.op === 'receipts' ? frame.receipts : []));
    expect(shown.filter(({ user_id }) => user_id === ASKED)).toEqual([]);
  });

  it('accepted by a word, both inboxes are told without a new entry, and D1 that they share a conversation', async () => {
    const { set, last, projected } = await asking();
    set.write(OPENER, textFrame('hello'));
    await settle(set);
    const version = projected.at(-1)![0];
    expect(set.assembly.consent.accept(ASKED).ok).toBe(true);
    set.commit();
    await set.crash();
    await settle(set);
    expect(last(ASKED)).toMatchObject({ last_message_id: 1, consent: { state: 'active' } });
    expect(last(OPENER)).toMatchObject({ last_message_id: 1, consent: { state: 'active' } });
    expect(projected.at(-1)![1]).toEqual([OPENER, ASKED]);
    expect(projected.at(-1)![0]).toBeGreaterThan(version);
    expect(set.assembly.consent.accept(ASKED).ok).toBe(true);
    expect(set.assembly.consent.accept(OPENER)).toMatchObject({ ok: false, refusal: { code: 'not_found' } });
    expect(set.assembly.consent.delete(ASKED)).toMatchObject({ ok: false, refusal: { code: 'not_found' } });
  });

  it('accepted by an answer, what follows in the same batch is free', async () => {
    const { set, last } = await asking();
    const [opener, asked] = [set.join(OPENER), set.join(ASKED)];
    const { connections, room } = set.assembly;
    for (const text of ['one', 'two', 'three', 'four']) room.receive(connections.of(OPENER)[0]!, [textFrame(text)]);
    room.receive(connections.of(ASKED)[0]!, [textFrame('yes?')]);
    room.receive(connections.of(OPENER)[0]!, [textFrame('x'.repeat(2_000))]);
    await settle(set);
    expect(ops(opener.frames)).toEqual(['hello', 'ack', 'ack', 'ack', 'nack', 'message', 'ack', 'receipts']);
    expect(opener.frames.find(({ op }) => op === 'nack')).toMatchObject({ code: 'forbidden', reason: 'request_pending' });
    expect(ops(asked.frames)).toEqual(['hello', 'message', 'message', 'message', 'ack', 'message', 'receipts']);
    expect(last(OPENER)).toMatchObject({ consent: { state: 'active' } });
    await set.crash();
    expect(set.assembly.room.submit(OPENER, textFrame('x'.repeat(2_000))).ok).toBe(true);
  });

  it('deleted, it is gone for the asked one and the same for its opener; an answer takes it up again', async () => {
    const { set, last, told } = await asking();
    set.write(OPENER, textFrame('hello'));
    const asked = set.join(ASKED);
    await settle(set);
    expect(set.assembly.consent.delete(ASKED).ok).toBe(true);
    await settle(set);
    expect(asked.closed).toBe(4403);
    expect(last(ASKED)).toMatchObject({ role: null, entries: [], last_message: null });
    const before = told.length;
    set.write(OPENER, textFrame('are you there?'));
    await settle(set);
    // The opener's own inbox alone hears of what follows.
    expect(told.slice(before).map(({ user_id }) => user_id)).toEqual([OPENER]);
    expect(set.assembly.outbox.exact(ASKED, true)).toBeNull();
    expect(set.assembly.consent.delete(ASKED).ok).toBe(true);
    set.write(ASKED, textFrame('now I am'));
    await settle(set);
    expect(last(ASKED)).toMatchObject({ role: 'member', last_message_id: 3, consent: { state: 'active' } });
  });

  it('is asked again by its opener after thirty days and not before; whoever deleted it takes it up by opening it', async () => {
    const { set, last } = await asking();
    set.write(OPENER, textFrame('hello'));
    await settle(set);
    const { consent } = set.assembly;
    consent.delete(ASKED);
    await settle(set);
    expect(consent.reopens(OPENER)).toBe(false);
    consent.reopen(OPENER);
    expect(set.assembly.writer.request!.state).toBe('deleted');
    await set.clock.run(ASK_AGAIN_AFTER_MS);
    expect([consent.reopens(OPENER), consent.reopens(ASKED)]).toEqual([true, true]);
    consent.reopen(OPENER);
    await settle(set);
    expect(last(ASKED)).toMatchObject({ role: 'member', consent: { state: 'request' } });
    consent.delete(ASKED);
    consent.reopen(ASKED);
    await settle(set);
    expect(last(ASKED)).toMatchObject({ role: 'member', consent: { state: 'active' } });
  });

  it('an acceptance while an inbox is being told is told after that', async () => {
    const { set } = await asking();
    const states: (string | undefined)[] = [];
    set.deliver = ({ user_id, consent }) => {
      if (user_id === ASKED) {
        states.push(consent?.state);
        if (states.length === 1) set.assembly.consent.accept(ASKED);
      }
      return Promise.resolve({ stored: true, live_elsewhere: false, read_receipts: true });
    };
    set.write(OPENER, textFrame('hello'));
    await settle(set);
    expect(states).toEqual(['request', 'active']);
  });
});
