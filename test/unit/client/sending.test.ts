/** [P9] What was typed reaches the log once and in order: the whole client against the fake server. */
import { expect, test } from 'vitest';
import { memoryStorage, NatterError } from '../../../client/src/index.ts';
import { ANN, CONVERSATION, createStage, type Stage } from '../../support/client-stage.ts';
import { FAIR } from '../../support/fake-server/network.ts';
import { GOOD_MOOD } from '../../support/fake-server/server.ts';
import type { Refusal } from '../../../protocol/errors.ts';

const inLog = ({ server }: Stage): string[] => server.log.all().map(({ content }) => content);
const arrived = ({ server }: Stage) =>
  server.received.map(({ frame, refusal }) => [frame.op === 'send' && frame.content, frame.after_message_id, refusal?.code ?? 'ok']);

/** Refuses these one after the other, then nothing. */
function refuseOnce(stage: Stage, ...refusals: Refusal[]): void {
  stage.server.mood = { ...GOOD_MOOD, refusal: () => refusals.shift() ?? null };
}

test('a message is shown at once and answered when it is in the log', async () => {
  const stage = createStage();
  const { handle, shown } = stage.start(ANN);
  const { entry, stored } = handle.send({ content: 'Hello!' });
  expect(entry).toMatchObject({ content: 'Hello!', type: 'text', state: 'queued' });
  expect(shown()).toEqual({ log: [], local: ['Hello!'] });
  await stage.clock.run(1_000);
  expect(await stored).toEqual({ global_id: entry.global_id, message_id: 1, timestamp: expect.any(Number) });
  expect(shown()).toEqual({ log: [1], local: [] });
});

test('[P9] what was typed survives a crash', async () => {
  const stage = createStage();
  const before = stage.start(ANN);
  before.handle.open();
  await stage.clock.run(1_000);
  stage.network.weather = { ...FAIR, lost: 1, cut: 1 };
  for (const content of ['one', 'two', 'three']) before.handle.send({ content });
  await stage.clock.run(5_000);
  before.kill();

  stage.network.weather = FAIR;
  const after = stage.start(ANN, before.storage);
  const pending = after.client.pending();
  await stage.clock.run(100);
  expect(await pending).toEqual([CONVERSATION]);
  after.handle.open();
  await stage.clock.run(5_000);
  expect(inLog(stage)).toEqual(['one', 'two', 'three']);
  expect(after.shown()).toEqual({ log: [1, 2, 3], local: [] });
});

test('[P9] a lost answer leads to no second message: what the hello brings leaves the outbox', async () => {
  const stage = createStage();
  const { handle, shown } = stage.start(ANN);
  handle.open();
  await stage.clock.run(1_000);
  // Stored, and the connection is gone before the answer is there.
  stage.server.mood = { ...GOOD_MOOD, refusal: () => (stage.network.cutAll(), null) };
  const { stored } = handle.send({ content: 'once' });
  await stage.clock.run(100);
  expect([inLog(stage), shown().local]).toEqual([['once'], ['once']]);
  stage.server.mood = GOOD_MOOD;
  await stage.clock.run(5_000);
  expect(arrived(stage)).toEqual([['once', 0, 'ok']]);
  expect((await stored).message_id).toBe(1);
  expect(shown()).toEqual({ log: [1], local: [] });
});

test('[P9] what did not arrive is sent again after a new connection: same id, same stamp, same order', async () => {
  const stage = createStage();
  stage.write(3);
  const { handle } = stage.start(ANN);
  handle.open();
  await stage.clock.run(1_000);
  handle.send({ content: 'one' });
  handle.send({ content: 'two' });
  stage.network.cutAll();
  stage.write(2);
  await stage.clock.run(5_000);
  expect(inLog(stage).slice(5)).toEqual(['one', 'two']);
  expect(arrived(stage)).toEqual([
    ['one', 3, 'ok'],
    ['two', 3, 'ok'],
  ]);
});

test('[P9] rate_limited: the same one again after the wait, the next one not before it', async () => {
  const stage = createStage();
  refuseOnce(stage, { code: 'rate_limited', detail: 'slow down', retry_after: 2 });
  const { handle } = stage.start(ANN);
  handle.send({ content: 'one' });
  handle.send({ content: 'two' });
  await stage.clock.run(1_500);
  expect(arrived(stage)).toEqual([['one', 0, 'rate_limited']]);
  await stage.clock.run(5_000);
  expect(arrived(stage).slice(1)).toEqual([
    ['one', 0, 'ok'],
    ['two', 0, 'ok'],
  ]);
});

test('[P9] refused for good: the text is kept, the next one goes, and it can be tried again or discarded', async () => {
  const stage = createStage();
  refuseOnce(stage, { code: 'forbidden', detail: 'not you' }, { code: 'forbidden', detail: 'not you either' });
  const { client, handle, shown, storage, kill } = stage.start(ANN);
  const first = handle.send({ content: 'one' });
  const second = handle.send({ content: 'two' });
  const third = handle.send({ content: 'three' });
  await stage.clock.run(1_000);
  await expect(first.stored).rejects.toMatchObject({ code: 'forbidden', detail: 'not you' });
  await expect(second.stored).rejects.toBeInstanceOf(NatterError);
  expect([(await third.stored).message_id, shown()]).toEqual([1, { log: [1], local: ['one', 'two'] }]);
  expect(handle.timeline.get().pending).toBe(0);

  handle.retry(first.entry.global_id);
  await Promise.all([handle.discard(second.entry.global_id), stage.clock.run(1_000)]);
  expect([inLog(stage), shown().local, await client.pending()]).toEqual([['three', 'one'], [], []]);
  kill();
  const next = stage.start(ANN, storage);
  next.handle.open();
  await stage.clock.run(1_000);
  expect(next.shown()).toEqual({ log: [1, 2], local: [] });
});

test('[P9] stale: the log is searched; what is in it is not sent again, the rest with a new stamp', async () => {
  const stage = createStage();
  stage.write(3);
  const { handle } = stage.start(ANN);
  handle.open();
  await stage.clock.run(1_000);
  refuseOnce(stage, { code: 'stale', detail: 'too far back' });
  handle.send({ content: 'one' });
  stage.write(4);
  await stage.clock.run(2_000);
  expect(stage.server.requests.filter((request) => request.includes('/sync'))).toEqual([
    `GET /v1/messages/sync?conversation_id=${CONVERSATION}&after_message_id=3&limit=500`,
  ]);
  expect(arrived(stage)).toEqual([
    ['one', 3, 'stale'],
    ['one', 7, 'ok'],
  ]);
  expect(inLog(stage).at(-1)).toBe('one');
});

test('[P9] stale, said twice: the log is searched once, and the stamp changes once', async () => {
  const stage = createStage();
  const { handle } = stage.start(ANN);
  handle.open();
  await stage.clock.run(1_000);
  const { entry } = handle.send({ content: 'one' });
  const refusals: Refusal[] = [{ code: 'stale', detail: 'too far back' }];
  stage.server.mood = {
    ...GOOD_MOOD,
    refusal() {
      const refusal = refusals.shift() ?? null;
      if (refusal) stage.server.broadcast({ op: 'nack', global_id: entry.global_id, ...refusal });
      return refusal;
    },
  };
  await stage.clock.run(2_000);
  expect([arrived(stage).length, stage.server.requests.filter((request) => request.includes('/sync')).length]).toEqual([2, 1]);
});

test('[P9] the message a socket waits for got there from another tab: a new connection frees the rest', async () => {
  const stage = createStage();
  const { handle, shown } = stage.start(ANN);
  handle.open();
  await stage.clock.run(1_000);
  refuseOnce(stage, { code: 'rate_limited', detail: 'slow down', retry_after: 60 });
  const { entry } = handle.send({ content: 'one' });
  handle.send({ content: 'two' });
  await stage.clock.run(1_000);
  stage.server.happen({ global_id: entry.global_id, sender_id: ANN, type: 'text', content: 'one' });
  await stage.clock.run(90_000);
  expect([inLog(stage), shown()]).toEqual([['one', 'two'], { log: [1, 2], local: [] }]);
  expect(stage.server.greeted).toEqual([0, 1]);
});

test('[P9] two tabs start on one outbox: each message is sent by one of them, and both see it', async () => {
  const stage = createStage();
  const storage = memoryStorage();
  await storage.setValue('user_id', ANN);
  stage.network.weather = { ...FAIR, lost: 1 };
  const offline = stage.start(ANN, storage);
  for (const content of ['one', 'two', 'three']) offline.handle.send({ content });
  await stage.clock.run(1_000);
  offline.kill();
  stage.network.weather = FAIR;
  const tabs = [stage.start(ANN, storage), stage.start(ANN, storage)];
  for (const { handle } of tabs) handle.open();
  await stage.clock.run(5_000);
  expect(inLog(stage)).toEqual(['one', 'two', 'three']);
  // The last may be sent once more by the tab whose turn comes before it hears of it: the server knows it.
  expect(arrived(stage).map(([content]) => content)).toEqual(['one', 'two', 'three', 'three']);
  expect(tabs.map((tab) => tab.shown())).toEqual([1, 2].map(() => ({ log: [1, 2, 3], local: [] })));
});

test('[P9] the tab whose turn it is dies: the other one goes on', async () => {
  const stage = createStage();
  const first = stage.start(ANN);
  first.handle.open();
  await stage.clock.run(1_000);
  const second = stage.start(ANN, first.storage);
  second.handle.open();
  await stage.clock.run(1_000);
  first.handle.send({ content: 'first' });
  second.handle.send({ content: 'second' });
  await stage.clock.run(1);
  first.kill();
  await stage.clock.run(5_000);
  expect(inLog(stage)).toContain('second');
});

test('[P9] a refused message does not keep the other tabs from sending', async () => {
  const stage = createStage();
  const tab = stage.start(ANN);
  const other = stage.start(ANN, tab.storage);
  for (const { handle } of [tab, other]) handle.open();
  await stage.clock.run(1_000);
  refuseOnce(stage, { code: 'forbidden', detail: 'not you' });
  tab.handle.send({ content: 'refused' });
  await stage.clock.run(1_000);
  other.handle.send({ content: 'from the other tab' });
  await stage.clock.run(1_000);
  expect([inLog(stage), tab.shown().local]).toEqual([['from the other tab'], ['refused']]);
});

test('what the server would refuse anyway is not sent, and its text is kept', async () => {
  const stage = createStage();
  const { handle, shown } = stage.start(ANN);
  const long = 'é'.repeat(8 * 1024 + 1);
  const { stored } = handle.send({ content: long });
  await expect(stored).rejects.toMatchObject({ code: 'too_large' });
  await expect(handle.send({ content: '' }).stored).rejects.toMatchObject({ code: 'bad_request' });
  await expect(handle.send({ content: '\ud800' }).stored).rejects.toMatchObject({ code: 'bad_request' });
  await expect(handle.edit(1, long)).rejects.toMatchObject({ code: 'too_large' });
  await stage.clock.run(1_000);
  expect([arrived(stage), shown().local[0]]).toEqual([[], long]);
});

test('edits, reactions and deletions take their place in the queue and are shown on their target', async () => {
  const stage = createStage();
  const { handle } = stage.start(ANN);
  handle.send({ content: 'one' });
  handle.send({ content: 'two' });
  await stage.clock.run(1_000);
  const answers = [handle.edit(1, 'One'), handle.react(1, '👍', true), handle.delete(2)];
  await stage.clock.run(1_000);
  expect((await Promise.all(answers)).map(({ message_id }) => message_id)).toEqual([3, 4, 5]);
  const view = handle.timeline.get();
  expect(
    view.entries.map(
      (entry) => entry.kind === 'message' && [entry.message.content, entry.message.deleted, entry.message.reactions?.length],
    ),
  ).toEqual([
    ['One', undefined, 1],
    ['', true, undefined],
  ]);
  expect([view.lastMessageId, view.entries.length]).toEqual([5, 2]);
});

test('a change that is refused for good rejects and leaves nothing behind', async () => {
  const stage = createStage();
  stage.write(1);
  const { client, handle } = stage.start(ANN);
  handle.open();
  await stage.clock.run(1_000);
  const refused = handle.edit(1, 'not mine');
  await stage.clock.run(1_000);
  await expect(refused).rejects.toMatchObject({ code: 'forbidden' });
  expect(await client.pending()).toEqual([]);
});
