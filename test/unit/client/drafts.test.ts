/** [P9] What is typed and not sent: kept at once, told seldom, the last edit winning. */
import { expect, test } from 'vitest';
import { createDrafts } from '../../../client/src/drafts.ts';
import { memoryStorage, type ClientStorage } from '../../../client/src/index.ts';
import { createClock, microtasks } from '../../support/client-clock.ts';
import { ANN, createInboxStage, idOf } from '../../support/client-inbox-stage.ts';
import type { Program } from '../../support/client-program.ts';
import { GOOD_MOOD } from '../../support/fake-server/server.ts';

const A = idOf('a');
const draftOf = ({ client }: Program) => client.inbox.view.get().conversations.find(({ conversation_id }) => conversation_id === A)?.draft;

async function stageOfTwo() {
  const stage = createInboxStage('a');
  const storage = memoryStorage();
  const here = stage.start(ANN, storage);
  const there = stage.start(ANN, memoryStorage(), 'device-2');
  for (const { client } of [here, there]) client.inbox.open();
  await stage.clock.run(1_000);
  const type = async (program: Program, text: string, everyMs: number) => {
    for (let end = 1; end <= text.length; end++) {
      program.client.inbox.setDraft(A, text.slice(0, end));
      await stage.clock.run(everyMs);
    }
  };
  return { stage, storage, here, there, type, puts: () => stage.requests('/draft').length };
}

test('told at most once a second, and shown on the other device', async () => {
  const { stage, here, there, type, puts } = await stageOfTwo();
  await type(here, 'twenty keystrokes...', 100);
  expect([draftOf(here), puts()]).toEqual(['twenty keystrokes...', 1]);
  await stage.clock.run(3_000);
  expect([draftOf(here), draftOf(there), puts()]).toEqual(['twenty keystrokes...', 'twenty keystrokes...', 2]);
});

test('the other device edits later: its draft shows up here', async () => {
  const { stage, here, there, type } = await stageOfTwo();
  await type(here, 'mine', 10);
  await stage.clock.run(3_000);
  await type(there, 'theirs', 10);
  await stage.clock.run(3_000);
  expect([draftOf(here), draftOf(there)]).toEqual(['theirs', 'theirs']);
});

test('[P9] typed just before a crash: there again, and told', async () => {
  const { stage, storage, here, there } = await stageOfTwo();
  here.client.inbox.setDraft(A, 'almost');
  await stage.clock.run(100);
  here.kill();
  const again = stage.start(ANN, storage);
  again.client.inbox.open();
  await stage.clock.run(200);
  expect(draftOf(again)).toBe('almost');
  await stage.clock.run(3_000);
  expect([draftOf(there), await storage.drafts(ANN)]).toEqual(['almost', []]);
});

test('sending clears it everywhere; one that was never told costs no request', async () => {
  const { stage, here, there, type, puts } = await stageOfTwo();
  await type(here, 'quick', 10);
  here.client.conversation(A).send({ content: 'quick' });
  expect(draftOf(here)).toBeUndefined();
  await stage.clock.run(3_000);
  expect(puts()).toBe(0);
  await type(here, 'slowly', 300);
  here.client.conversation(A).send({ content: 'slowly' });
  await stage.clock.run(5_000);
  expect([draftOf(here) ?? '', draftOf(there) ?? '']).toEqual(['', '']);
});

test('without a network it stays, and is told when there is one', async () => {
  const { stage, here, there } = await stageOfTwo();
  stage.network.weather = { ...stage.network.weather, lost: 1 };
  here.client.inbox.setDraft(A, 'in a tunnel');
  await stage.clock.run(40_000);
  expect(draftOf(here)).toBe('in a tunnel');
  stage.network.weather = { ...stage.network.weather, lost: 0 };
  await stage.clock.run(40_000);
  expect(draftOf(there)).toBe('in a tunnel');
});

test('[P9] what is too long to be a draft is kept here and never asked about; shortened, it is told', async () => {
  const { stage, storage, here, there, puts } = await stageOfTwo();
  here.client.inbox.setDraft(A, 'short');
  await stage.clock.run(3_000);
  const long = 'é'.repeat(8 * 1024 + 1);
  here.client.inbox.setDraft(A, long);
  await stage.clock.run(60_000);
  stage.write('a');
  await stage.clock.run(1_000);
  expect([draftOf(here) === long, draftOf(there), puts()]).toEqual([true, 'short', 1]);
  here.kill();
  const again = stage.start(ANN, storage);
  again.client.inbox.open();
  await stage.clock.run(60_000);
  expect([draftOf(again) === long, puts()]).toEqual([true, 1]);
  again.client.inbox.setDraft(A, 'shorter');
  await stage.clock.run(3_000);
  expect([draftOf(again), draftOf(there), await storage.drafts(ANN)]).toEqual(['shorter', 'shorter', []]);
});

test('[P9] a draft that the server refuses stays, is not asked about again, and is told with its next edit', async () => {
  const { stage, storage, here, there, puts } = await stageOfTwo();
  here.client.inbox.setDraft(A, 'before');
  await stage.clock.run(3_000);
  stage.service.mood = { ...GOOD_MOOD, httpRefusal: () => ({ code: 'bad_request', detail: 'no' }) };
  here.client.inbox.setDraft(A, 'refused');
  await stage.clock.run(60_000);
  stage.service.mood = GOOD_MOOD;
  expect([draftOf(here), draftOf(there), puts()]).toEqual(['refused', 'before', 2]);
  expect(await storage.drafts(ANN)).toMatchObject([{ content: 'refused' }]);
  here.client.inbox.setDraft(A, 'taken');
  await stage.clock.run(3_000);
  expect([draftOf(here), draftOf(there), await storage.drafts(ANN)]).toEqual(['taken', 'taken', []]);
});

test('[P9] signed out: the draft waits until one is signed in again', async () => {
  const { stage, storage, here, there } = await stageOfTwo();
  stage.service.mood = { ...GOOD_MOOD, httpRefusal: () => ({ code: 'unauthenticated', detail: 'sign in' }) };
  here.client.inbox.setDraft(A, 'mine');
  await stage.clock.run(5_000);
  expect([draftOf(here), await storage.drafts(ANN)]).toMatchObject(['mine', [{ content: 'mine' }]]);
  stage.service.mood = GOOD_MOOD;
  await stage.clock.run(20_000);
  expect([draftOf(there), await storage.drafts(ANN)]).toEqual(['mine', []]);
});

test('[P9] removed and added again: what was typed meanwhile is told', async () => {
  const { stage, here, there } = await stageOfTwo();
  const conversation = stage.service.conversations.get(A)!;
  stage.service.remove(conversation, ANN);
  here.client.inbox.setDraft(A, 'still here');
  await stage.clock.run(5_000);
  stage.service.rejoin(conversation, ANN);
  await stage.clock.run(5_000);
  expect([draftOf(here), draftOf(there)]).toEqual(['still here', 'still here']);
});

test('[P9] of many keystrokes the newest is written, one write at a time, and none after it has been sent', async () => {
  const writes: { content: string; done: () => void }[] = [];
  const kept = memoryStorage();
  const storage: ClientStorage = {
    ...kept,
    putDraft(owner, draft) {
      const { promise, resolve } = Promise.withResolvers<void>();
      writes.push({ content: draft.content, done: () => resolve(kept.putDraft(owner, draft)) });
      return promise;
    },
  };
  const nothing = () => {};
  const drafts = createDrafts({
    environment: createClock(),
    storage,
    put: async (_id, draft) => draft,
    onDraft: nothing,
    onTold: nothing,
    onDropped: nothing,
  });
  drafts.restore(ANN, []);
  for (const content of ['h', 'he', 'hel', 'help']) drafts.edit(A, content);
  expect(writes.map(({ content }) => content)).toEqual(['h']);
  writes[0]!.done();
  await microtasks();
  expect(writes.map(({ content }) => content)).toEqual(['h', 'help']);
  drafts.edit(A, 'helpful');
  drafts.clear(A, false);
  writes[1]!.done();
  await microtasks();
  expect(writes.length).toBe(2);
});
