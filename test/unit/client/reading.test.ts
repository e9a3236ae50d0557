/** [P7] [P9] What a client fetches, shows and says about itself: the whole client against the fake server. */
import { expect, test } from 'vitest';
import { RESUME_MAX } from '../../../client/src/recovery.ts';
import { ANN, BEN, CONVERSATION, createStage, type Stage } from '../../support/client-stage.ts';
import { FAIR } from '../../support/fake-server/network.ts';
import { GOOD_MOOD } from '../../support/fake-server/server.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const asked = ({ server }: Stage, what: string): string[] =>
  server.requests.filter((request) => request.includes(what)).map((request) => request.split('?')[1] ?? '');

test('[P7] the first opening of a long conversation takes the newest page and what follows, never the whole log', async () => {
  const stage = createStage();
  stage.write(300);
  const { handle, shown } = stage.start(ANN);
  handle.open();
  await stage.clock.run(1_000);
  expect(shown().log).toEqual(range(251, 300));
  expect([asked(stage, '/messages?'), stage.server.greeted, asked(stage, '/sync')]).toEqual([['limit=50&events=true'], [300], []]);
  expect(handle.timeline.get()).toMatchObject({ hasOlder: true, catchingUp: false, lastMessageId: 300 });
});

test('older pages follow on from_message_id, changes between messages included, once however often they are asked for', async () => {
  const stage = createStage();
  stage.write(30);
  for (let index = 0; index < 10; index++)
    stage.server.happen({ global_id: `edit-${index}`, sender_id: BEN, type: 'edit', content: 'edited', target: 1 });
  stage.server.happen({ global_id: 'title', sender_id: BEN, type: 'conversation', content: '', conversation: { title: 'Trip' } });
  stage.write(59);
  const { handle, shown } = stage.start(ANN);
  handle.open();
  await stage.clock.run(1_000);
  expect(shown().log[0]).toBe(51);
  const both = [handle.loadOlder(), handle.loadOlder()];
  await stage.clock.run(1_000);
  expect(await Promise.all(both)).toEqual([{ has_more: false }, { has_more: false }]);
  expect(shown().log).toEqual([...range(1, 30), ...range(41, 100)]);
  expect(asked(stage, '/messages?')).toEqual(['limit=50&events=true', 'before=51&limit=50&events=true']);
  expect(await handle.loadOlder()).toEqual({ has_more: false });
});

test('[A15] a page behind so many changes that it is empty is passed over, the newest and an older one alike', async () => {
  const stage = createStage();
  stage.server.log.historyScan = 60;
  const react = (count: number) => {
    for (let index = 0; index < count; index++)
      stage.server.happen({
        global_id: `reaction-${stage.server.log.head}`,
        sender_id: BEN,
        type: 'reaction',
        content: '👍',
        target: 1,
        on: true,
      });
  };
  stage.write(20);
  react(150);
  stage.write(20);
  react(150);
  const { handle, shown } = stage.start(ANN);
  handle.open();
  await stage.clock.run(1_000);
  expect(shown().log).toEqual(range(171, 190));
  const older = handle.loadOlder();
  await stage.clock.run(1_000);
  expect([await older, shown().log]).toEqual([{ has_more: false }, [...range(1, 20), ...range(171, 190)]]);
  expect(handle.timeline.get()).toMatchObject({ catchingUp: false, lastMessageId: 340 });
});

test('[A15] a copy that lacks more changes than are worth fetching, and no message, is brought up to date by sync', async () => {
  const stage = createStage();
  stage.write(20);
  const before = stage.start(ANN);
  before.handle.open();
  await stage.clock.run(1_000);
  before.kill();
  for (let index = 0; index <= RESUME_MAX; index++)
    stage.server.happen({ global_id: `reaction-${index}`, sender_id: BEN, type: 'reaction', content: '👍', target: 1, on: true });
  const after = stage.start(ANN, before.storage);
  after.handle.open();
  await stage.clock.run(60_000);
  expect(after.handle.timeline.get()).toMatchObject({ catchingUp: false, lastMessageId: 20 + RESUME_MAX + 1 });
  expect(asked(stage, '/sync').length).toBe(Math.ceil((RESUME_MAX + 1 - 200) / 500));
});

test('[P7] a client that was away gets exactly what it lacks, on the socket', async () => {
  const stage = createStage();
  stage.write(20);
  const before = stage.start(ANN);
  before.handle.open();
  await stage.clock.run(1_000);
  before.kill();
  stage.write(7);
  const after = stage.start(ANN, before.storage);
  after.handle.open();
  await stage.clock.run(1_000);
  expect(after.shown().log).toEqual(range(1, 27));
  expect([stage.server.greeted, asked(stage, '/messages?').length, asked(stage, '/sync')]).toEqual([[20, 20], 1, []]);
});

test('[P9] has_more: the rest is fetched by sync, and what is live stays back until then', async () => {
  const stage = createStage();
  stage.write(5);
  const { handle, shown, hint } = stage.start(ANN);
  handle.open();
  await stage.clock.run(1_000);
  stage.network.cutAll();
  stage.write(20);
  stage.server.mood = { ...GOOD_MOOD, helloMax: 3, pageMax: 10 };
  const seen: [last: number, catchingUp: boolean][] = [];
  handle.timeline.subscribe(() => {
    const { lastMessageId, catchingUp } = handle.timeline.get();
    if (seen.at(-1)?.[0] !== lastMessageId || seen.at(-1)?.[1] !== catchingUp) seen.push([lastMessageId, catchingUp]);
    // Live, while the hole is being filled: above it.
    if (lastMessageId === 8 && stage.server.log.head === 25) stage.write(1);
    const numbers = shown().log;
    expect(numbers).toEqual(range(1, lastMessageId));
  });
  hint('online');
  await stage.clock.run(5_000);
  expect(asked(stage, '/sync').map((query) => /after_message_id=(\d+)/.exec(query)?.[1])).toEqual(['8', '18']);
  expect(shown().log).toEqual(range(1, 26));
  expect(seen.filter(([, catchingUp]) => !catchingUp).at(-1)).toEqual([26, false]);
  expect(seen).toContainEqual([8, true]);
});

test('[P7] [P9] thousands of entries behind: the copy stays until the newest page is here, and nothing is deleted', async () => {
  const stage = createStage();
  stage.write(20);
  const before = stage.start(ANN);
  before.handle.open();
  await stage.clock.run(1_000);
  before.kill();
  stage.write(RESUME_MAX + 300);
  const after = stage.start(ANN, before.storage);
  const shown = new Set<string>();
  after.handle.timeline.subscribe(() => {
    const { log } = after.shown();
    shown.add(log.length === 0 ? 'nothing' : `${log[0]} to ${log.at(-1)}, ${after.handle.timeline.get().catchingUp}`);
  });
  await stage.clock.run(2_000);
  const head = stage.server.log.head;
  expect([...shown].at(-1)).toBe(`${head - 49} to ${head}, false`);
  expect([...shown].slice([...shown].findIndex((what) => what !== 'nothing'))).not.toContain('nothing');
  expect([asked(stage, '/sync'), asked(stage, '/messages?').length]).toEqual([[], 2]);
  const older = after.handle.loadOlder();
  await stage.clock.run(1_000);
  expect([await older, after.shown().log[0]]).toEqual([{ has_more: true }, head - 99]);
});

test('a log that was restored: the copy is dropped, what was typed is not', async () => {
  const stage = createStage();
  stage.write(9);
  const { handle, shown } = stage.start(ANN);
  handle.open();
  await stage.clock.run(1_000);
  stage.server.log.restore(4, 'epoch-2');
  stage.network.cutAll();
  handle.send({ content: 'mine' });
  await stage.clock.run(10_000);
  expect(shown()).toEqual({ log: range(1, 5), local: [] });
  expect(stage.server.log.all().at(-1)).toMatchObject({ content: 'mine', message_id: 5 });
});

test.each([
  [4409, 'replaced'],
  [4401, 'unauthenticated'],
  [4403, 'not_a_member'],
])('closed with %i: it does not come back by itself, and does when it is opened', async (code, reason) => {
  const stage = createStage();
  const { handle, hint } = stage.start(ANN);
  handle.open();
  await stage.clock.run(1_000);
  stage.server.restart(code, '');
  await stage.clock.run(60_000);
  hint('online');
  await stage.clock.run(60_000);
  expect([handle.status.get(), stage.server.greeted.length]).toEqual([{ state: 'ended', reason }, 1]);
  handle.open();
  await stage.clock.run(1_000);
  expect([handle.status.get(), stage.server.greeted.length]).toEqual([{ state: 'online' }, 2]);
});

test('a refused upgrade: it asks once, and knows', async () => {
  const stage = createStage();
  const { handle } = stage.start(ANN);
  handle.open();
  await stage.clock.run(1_000);
  handle.close();
  stage.server.members = stage.server.members.filter(({ user_id }) => user_id !== ANN);
  handle.open();
  await stage.clock.run(60_000);
  expect(handle.status.get()).toEqual({ state: 'ended', reason: 'not_a_member' });
  expect(stage.server.requests.filter((request) => request === `GET /v1/conversations/${CONVERSATION}`).length).toBe(1);
});

test('a link that died in silence is replaced, and one handle never has two sockets', async () => {
  const stage = createStage();
  const { handle, openSockets } = stage.start(ANN);
  handle.open();
  handle.open();
  handle.timeline.subscribe(() => {});
  await stage.clock.run(1_000);
  expect([openSockets(), stage.server.greeted.length]).toEqual([1, 1]);
  stage.network.weather = { ...FAIR, silence: 1 };
  await stage.clock.run(6_000);
  stage.network.weather = FAIR;
  await stage.clock.run(15_000);
  expect([handle.status.get(), openSockets(), stage.server.greeted.length]).toEqual([{ state: 'online' }, 1, 2]);
});

test('a snapshot is the same reference until something has changed', async () => {
  const stage = createStage();
  stage.write(2);
  const { handle } = stage.start(ANN);
  handle.open();
  await stage.clock.run(1_000);
  const { timeline, status } = handle;
  const before = [timeline.get(), status.get()];
  await stage.clock.run(60_000);
  expect([timeline.get(), status.get()]).toEqual(before);
  expect(timeline.get()).toBe(before[0]);
  stage.write(1);
  await stage.clock.run(100);
  expect(timeline.get()).not.toBe(before[0]);
});

test('receipts: what is kept is delivered, what was seen is read, each told once and only forward', async () => {
  const stage = createStage();
  stage.write(5);
  const { handle } = stage.start(ANN);
  handle.open();
  await stage.clock.run(2_000);
  expect(stage.server.receipts.get(ANN)).toMatchObject({ delivered: 5 });
  handle.markRead(4);
  handle.markRead(2);
  await stage.clock.run(2_000);
  expect(stage.server.receipts.get(ANN)).toMatchObject({ read: 4 });
  // The server has forgotten: it is told again with the next hello.
  stage.server.receipts.clear();
  stage.network.cutAll();
  await stage.clock.run(5_000);
  expect(stage.server.receipts.get(ANN)).toMatchObject({ read: 4 });
});

test('typing is seen by the other, for as long as the lease and a moment', async () => {
  const stage = createStage();
  const [ann, ben] = [stage.start(ANN), stage.start(BEN)];
  for (const { handle } of [ann, ben]) handle.open();
  await stage.clock.run(1_000);
  for (let key = 0; key < 5; key++) ann.handle.setTyping(true);
  await stage.clock.run(1_000);
  expect(ben.handle.timeline.get().typing.map(({ user_id }) => user_id)).toEqual([ANN]);
  expect(ann.handle.timeline.get().typing).toEqual([]);
  await stage.clock.run(9_000);
  expect(ben.handle.timeline.get().typing.length).toBe(1);
  await stage.clock.run(3_000);
  expect(ben.handle.timeline.get().typing).toEqual([]);
});

test('forget: the connection ends and nothing is left on the device', async () => {
  const stage = createStage();
  stage.write(3);
  const { client, handle, storage, openSockets } = stage.start(ANN);
  handle.send({ content: 'mine' });
  await stage.clock.run(1_000);
  expect((await storage.timeline(ANN, CONVERSATION))?.messages.length).toBe(4);
  await client.forget();
  expect([handle.status.get().state, openSockets()]).toEqual(['idle', 0]);
  expect([
    await storage.timeline(ANN, CONVERSATION),
    await storage.outboxes(ANN),
    await storage.value('device_id'),
    await storage.value('user_id'),
  ]).toEqual([null, [], null, null]);
});
