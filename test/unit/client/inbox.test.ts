/** [P7] [P9] The inbox: the whole client against the fake service. */
import { expect, test } from 'vitest';
import { memoryStorage, type InboxView } from '../../../client/src/index.ts';
import { ANN, createInboxStage, idOf } from '../../support/client-inbox-stage.ts';
import { messagesOf } from '../../support/client-invariants.ts';
import type { Program } from '../../support/client-program.ts';
import { row } from './builders.ts';

const numbersOf = ({ client }: Program, letter: string) =>
  messagesOf(client.conversation(idOf(letter)).timeline.get()).map(({ message_id }) => message_id);
const unreadIn = ({ conversations }: InboxView) =>
  Object.fromEntries(conversations.map(({ conversation_id, unread_count }) => [conversation_id.at(-1), unread_count]));
const unreadOf = ({ client }: Program) => unreadIn(client.inbox.view.get());

test('[P7] the list is there at once and offline, and a device that was away asks from its cursor on', async () => {
  const stage = createInboxStage('ab');
  const storage = memoryStorage();
  stage.write('a', 2);
  const before = stage.start(ANN, storage);
  before.client.inbox.open();
  await stage.clock.run(1_000);
  before.kill();
  stage.write('b', 3);
  stage.network.weather = { ...stage.network.weather, lost: 1 };
  const after = stage.start(ANN, storage);
  after.client.inbox.open();
  await stage.clock.run(1_000);
  expect(unreadOf(after)).toEqual({ a: 2, b: 0 });
  expect(after.client.inbox.view.get()).toMatchObject({ loading: false, catchingUp: true });
  stage.network.weather = { ...stage.network.weather, lost: 0 };
  after.hint('online');
  await stage.clock.run(20_000);
  expect(unreadOf(after)).toEqual({ b: 3, a: 2 });
  expect(after.client.inbox.view.get()).toMatchObject({ catchingUp: false, unread: { messages: 5, mentions: 0, conversations: 2 } });
});

test('[P7] what is not open is kept up to date on the disk, so that opening it fetches nothing', async () => {
  const stage = createInboxStage('ab');
  const storage = memoryStorage();
  stage.write('a', 3);
  const first = stage.start(ANN, storage);
  first.client.conversation(idOf('a')).open();
  await stage.clock.run(1_000);
  first.kill();
  const second = stage.start(ANN, storage);
  second.client.inbox.open();
  await stage.clock.run(1_000);
  stage.write('a', 2);
  await stage.clock.run(1_000);
  const conversation = stage.service.conversations.get(idOf('a'))!;
  const asked = stage.requests('/messages').length;
  second.client.conversation(idOf('a')).open();
  await stage.clock.run(1_000);
  expect([numbersOf(second, 'a'), conversation.greeted.at(-1), stage.requests('/messages').length]).toEqual([[1, 2, 3, 4, 5], 5, asked]);
});

test('a message is told as delivered without its conversation being open, once, after it is on the disk', async () => {
  const stage = createInboxStage('a');
  const { client } = stage.start(ANN);
  client.inbox.open();
  await stage.clock.run(1_000);
  stage.write('a', 2);
  await stage.clock.run(1_000);
  expect(stage.service.conversations.get(idOf('a'))!.receipts.get(ANN)).toEqual({ user_id: ANN, delivered: 2, read: 0 });
  expect(stage.heard.filter((frame) => (frame as { op: string }).op === 'delivered').length).toBe(1);
});

test('[P9] three sockets: the fourth puts the first to sleep; it is fed by the inbox, and sending wakes it', async () => {
  const stage = createInboxStage();
  const program = stage.start(ANN);
  program.client.inbox.open();
  for (const letter of 'abcd') {
    program.client.conversation(idOf(letter)).open();
    await stage.clock.run(1_000);
  }
  const handle = program.client.conversation(idOf('a'));
  expect([program.openSockets(), handle.status.get().state]).toEqual([4, 'online']);
  stage.write('a', 2);
  await stage.clock.run(1_000);
  expect([numbersOf(program, 'a'), stage.service.conversations.get(idOf('a'))!.peers.size]).toEqual([[1, 2], 0]);
  const { stored } = handle.send({ content: 'awake' });
  await stage.clock.run(2_000);
  expect(await stored).toMatchObject({ message_id: 3 });
  expect([program.openSockets(), stage.service.conversations.get(idOf('b'))!.peers.size]).toEqual([4, 0]);
});

test('what is typed in five conversations without a network is sent when there is one', async () => {
  const stage = createInboxStage();
  const program = stage.start(ANN);
  for (const letter of 'abcde') program.client.conversation(idOf(letter)).open();
  await stage.clock.run(5_000);
  const sendings = 'abcde'.split('').map((letter) => program.client.conversation(idOf(letter)).send({ content: letter }));
  await stage.clock.run(10_000);
  expect(await Promise.all(sendings.map(async ({ stored }) => (await stored).message_id))).toEqual([1, 1, 1, 1, 1]);
});

test('reading here takes the unread count away at once, and elsewhere a moment later', async () => {
  const stage = createInboxStage('a');
  stage.write('a', 3);
  const here = stage.start(ANN);
  const there = stage.start(ANN, memoryStorage(), 'device-2');
  for (const { client } of [here, there]) client.inbox.open();
  here.client.conversation(idOf('a')).open();
  await stage.clock.run(2_000);
  expect([unreadOf(here), unreadOf(there)]).toEqual([{ a: 3 }, { a: 3 }]);
  here.client.conversation(idOf('a')).markRead(3);
  expect(unreadOf(here)).toEqual({ a: 0 });
  await stage.clock.run(3_000);
  expect(unreadOf(there)).toEqual({ a: 0 });
});

test('[P9] what was read without a network is said after the next hello, also when the conversation is not open', async () => {
  const stage = createInboxStage('a');
  const storage = memoryStorage();
  stage.write('a', 3);
  const before = stage.start(ANN, storage);
  before.client.inbox.open();
  before.client.conversation(idOf('a')).open();
  await stage.clock.run(2_000);
  before.client.conversation(idOf('a')).markRead(3);
  await stage.clock.run(100);
  before.kill();
  const after = stage.start(ANN, storage);
  after.client.inbox.open();
  await stage.clock.run(2_000);
  expect(stage.service.conversations.get(idOf('a'))!.receipts.get(ANN)?.read).toBe(3);
});

test('a setting shows at once, on the other device too, and is undone when it is refused', async () => {
  const stage = createInboxStage('ab');
  const here = stage.start(ANN);
  const there = stage.start(ANN, memoryStorage(), 'device-2');
  for (const { client } of [here, there]) client.inbox.open();
  await stage.clock.run(1_000);
  const pinned = ({ client }: Program) =>
    client.inbox.view
      .get()
      .conversations.filter((row) => row.pinned)
      .map((row) => row.conversation_id.at(-1));
  const done = here.client.inbox.changeSettings(idOf('b'), { pinned: true });
  expect(pinned(here)).toEqual(['b']);
  await stage.clock.run(1_000);
  await done;
  expect([pinned(here), pinned(there)]).toEqual([['b'], ['b']]);
  stage.network.weather = { ...stage.network.weather, lost: 1 };
  const refused = here.client.inbox.changeSettings(idOf('b'), { pinned: false });
  expect(pinned(here)).toEqual([]);
  const [outcome] = await Promise.all([refused.catch((error: unknown) => error), stage.clock.run(20_000)]);
  expect([pinned(here), outcome]).toMatchObject([['b'], { code: 'unavailable' }]);
});

test('4409: another tab has the inbox; in front again, this one takes it back', async () => {
  const stage = createInboxStage('a');
  const [one, other] = [stage.start(ANN, memoryStorage(), 'same'), stage.start(ANN, memoryStorage(), 'same')];
  one.client.inbox.open();
  await stage.clock.run(1_000);
  other.client.inbox.open();
  await stage.clock.run(60_000);
  expect(one.client.inbox.status.get()).toEqual({ state: 'ended', reason: 'replaced' });
  one.client.setActive(true);
  await stage.clock.run(1_000);
  expect([one.client.inbox.status.get().state, other.client.inbox.status.get().state]).toEqual(['online', 'ended']);
});

test('refresh asks from the cursor on', async () => {
  const stage = createInboxStage('ab');
  stage.write('a', 1);
  await stage.clock.run(1_000);
  const { client } = stage.start(ANN);
  await Promise.all([client.inbox.refresh(), stage.clock.run(1_000)]);
  expect(unreadIn(client.inbox.view.get())).toEqual({ a: 1, b: 0 });
  stage.write('b', 1);
  await stage.clock.run(1_000);
  await Promise.all([client.inbox.refresh(), stage.clock.run(1_000)]);
  expect(stage.requests('/v1/inbox?').map((request) => /cursor=(\d+)/.exec(request)?.[1])).toEqual([undefined, '2']);
  expect(unreadIn(client.inbox.view.get())).toEqual({ a: 1, b: 1 });
});

test('[P9] a cursor that is refused: from the beginning, and nothing is deleted until all of that is here', async () => {
  const stage = createInboxStage('a');
  stage.write('a', 2);
  await stage.clock.run(1_000);
  const storage = memoryStorage();
  await storage.setValue('user_id', ANN);
  await storage.saveInbox(ANN, { put: [{ row: row(idOf('f'), 9), read: 0, at: 90 }], remove: [], cursor: '99', reset: false });
  const { client } = stage.start(ANN, storage);
  stage.network.weather = { ...stage.network.weather, lost: 1 };
  await Promise.all([client.inbox.refresh().catch(() => {}), stage.clock.run(20_000)]);
  expect(unreadIn(client.inbox.view.get())).toEqual({ f: 9 });
  stage.network.weather = { ...stage.network.weather, lost: 0 };
  await Promise.all([client.inbox.refresh(), stage.clock.run(1_000)]);
  expect(unreadIn(client.inbox.view.get())).toEqual({ a: 2 });
  await stage.clock.run(1_000);
  expect(await storage.inbox(ANN)).toMatchObject({ cursor: '1', rows: [{ row: { conversation_id: idOf('a') } }] });
});

test('what was told as delivered and got lost is said after the next hello, in one frame, and a row that is read is not', async () => {
  const stage = createInboxStage('abc');
  const { client } = stage.start(ANN);
  client.inbox.open();
  await stage.clock.run(1_000);
  stage.write('a', 2);
  stage.write('b', 1);
  await stage.clock.run(1_000);
  await Promise.all([client.api.read(idOf('b'), 1), stage.clock.run(1_000)]);
  stage.write('c', 1);
  await stage.clock.run(1_000);
  stage.heard.length = 0;
  const inbox = stage.service.inboxes.get(ANN)!;
  inbox.arrivals = 0;
  stage.network.cutAll();
  await stage.clock.run(10_000);
  expect(stage.heard).toEqual([
    { op: 'delivered', conversation_id: idOf('c'), message_id: 1 },
    { op: 'delivered', conversation_id: idOf('a'), message_id: 2 },
  ]);
  await stage.clock.run(60_000);
  expect([stage.heard.length, inbox.arrivals]).toEqual([2, 1]);
  // Told so long before the next loss that it has arrived.
  stage.network.cutAll();
  await stage.clock.run(60_000);
  expect(stage.heard).toHaveLength(2);
});

test('a mute that ends brings the conversation back into the totals; nobody looks, no timer waits', async () => {
  const stage = createInboxStage('abc');
  for (const letter of 'abc') stage.write(letter, 1);
  const { client } = stage.start(ANN);
  const leave = client.inbox.view.subscribe(() => {});
  await stage.clock.run(1_000);
  const totals: number[] = [];
  const leaveToo = client.inbox.view.subscribe(() => totals.push(client.inbox.view.get().unread.messages));
  const mute = (letter: string, forMs: number) => client.inbox.changeSettings(idOf(letter), { muted_until: stage.clock.now() + forMs });
  await Promise.all([mute('a', 20 * 60_000), mute('b', 10 * 60_000), mute('c', 1e12), stage.clock.run(60_000)]);
  expect(totals.at(-1)).toBe(0);
  totals.length = 0;
  await stage.clock.run(10 * 60_000);
  expect(totals).toEqual([1]);
  client.inbox.close();
  await stage.clock.run(60_000);
  expect(stage.clock.waiting()).toBe(1);
  leave();
  expect(stage.clock.waiting()).toBe(1);
  leaveToo();
  client.inbox.view.get();
  expect(stage.clock.waiting()).toBe(0);
});
