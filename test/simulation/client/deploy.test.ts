/** A deploy drops every socket at once: the clients come back spread out, each asking for what it lacks and no more. */
import { expect, test } from 'vitest';
import { ANN, BEN, createInboxStage, idOf } from '../../support/client-inbox-stage.ts';
import { memoryStorage } from '../../../client/src/index.ts';

const DEVICES = 100;
const WINDOW_S = 10;

test.each([
  ['told when to come back', 1012, `{"retry_after":${WINDOW_S}}`, WINDOW_S],
  ['a crash, without a word', 1006, '', 0.5],
])('[P7] %s: spread over the time there is', async (_title, code, reason, windowS) => {
  const stage = createInboxStage('a');
  const programs = Array.from({ length: DEVICES }, (_, index) =>
    stage.start(index % 2 === 0 ? ANN : BEN, memoryStorage(), `device-${index}`),
  );
  for (const { client } of programs) client.inbox.open();
  await stage.clock.run(20_000);
  stage.write('a', 1);
  await stage.clock.run(1_000);
  const asked = stage.requests('/v1/tickets').length;
  stage.service.deploy(code, reason);
  const slots = [0, 0, 0, 0, 0];
  for (let slot = 0; slot < slots.length; slot++) {
    await stage.clock.run((windowS * 1_000) / slots.length);
    slots[slot] = stage.requests('/v1/tickets').length - asked - slots.reduce((sum, count) => sum + count, 0);
  }
  await stage.clock.run(1_000);
  expect(stage.requests('/v1/tickets').length - asked).toBe(DEVICES);
  // Drawn evenly: a fifth in each fifth, give or take.
  for (const count of slots) expect(count).toBeLessThan(DEVICES * 0.4);
  expect(slots.filter((count) => count >= DEVICES * 0.08).length).toBeGreaterThanOrEqual(4);
  expect(programs.map(({ client }) => client.inbox.status.get().state).filter((state) => state !== 'online')).toEqual([]);
  // Nothing has moved meanwhile, and so nothing but the hello is said.
  expect(stage.requests('').filter((request) => /inbox\?|sync|messages/.test(request))).toEqual([]);
});

test('[B8] a conversation that was restored is come back to within the time the server asks for, never sooner for a hint', async () => {
  const stage = createInboxStage('a');
  const programs = Array.from({ length: DEVICES }, (_, index) => stage.start(ANN, memoryStorage(), `device-${index}`));
  for (const { client } of programs) client.conversation(idOf('a')).open();
  await stage.clock.run(20_000);
  const conversation = stage.service.conversations.get(idOf('a'))!;
  const before = conversation.greeted.length;
  conversation.log.restore(0, 'epoch-2');
  conversation.restart(1012, `{"retry_after":${WINDOW_S}}`);
  await stage.clock.run(500);
  for (const { hint } of programs) hint('online');
  await stage.clock.run(1_000);
  // Each is greeted twice: it starts over.
  expect(conversation.greeted.length - before).toBeLessThan(DEVICES * 2 * 0.3);
  await stage.clock.run(WINDOW_S * 1_000);
  expect(programs.map(({ client }) => client.conversation(idOf('a')).status.get().state)).toEqual(Array(DEVICES).fill('online'));
});
