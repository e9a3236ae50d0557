/** [P9] What is typed and not sent: kept at once, told seldom, the last edit winning. */
import { expect, test } from 'vitest';
import { memoryStorage } from '../../../client/src/index.ts';
import { ANN, createInboxStage, idOf } from '../../support/client-inbox-stage.ts';
import type { Program } from '../../support/client-program.ts';

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
