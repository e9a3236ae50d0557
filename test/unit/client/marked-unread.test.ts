/** A mark as unread by hand: what holds it, and what ends it. The whole client against the fake service. */
import { expect, test } from 'vitest';
import { memoryStorage } from '../../../client/src/index.ts';
import { ANN, createInboxStage, idOf } from '../../support/client-inbox-stage.ts';
import type { Program } from '../../support/client-program.ts';

test('marked unread by hand: seen does not count until the user comes back, and coming back takes the mark away', async () => {
  const stage = createInboxStage('a');
  stage.write('a', 2);
  const { client } = stage.start(ANN);
  client.inbox.open();
  const handle = client.conversation(idOf('a'));
  handle.open();
  await stage.clock.run(2_000);
  await Promise.all([client.inbox.changeSettings(idOf('a'), { marked_unread: true }), stage.clock.run(1_000)]);
  handle.markRead(2);
  await stage.clock.run(3_000);
  expect(stage.service.conversations.get(idOf('a'))!.receipts.get(ANN)?.read ?? 0).toBe(0);
  expect(client.inbox.view.get().conversations[0]).toMatchObject({ marked_unread: true, unread_count: 2 });
  handle.open();
  handle.markRead(2);
  await stage.clock.run(3_000);
  expect(client.inbox.view.get().conversations[0]).toMatchObject({ marked_unread: false, unread_count: 0, read_message_id: 2 });
});

test('marked unread by hand while it is open: answering ends the mark at once, and what comes then is read', async () => {
  const { stage, program, rowIn } = await markedUnread();
  const handle = program.client.conversation(idOf('a'));
  handle.send({ content: 'answered' });
  expect(rowIn(program)?.marked_unread).toBe(false);
  await stage.clock.run(1_000);
  stage.write('a', 1);
  await stage.clock.run(1_000);
  handle.markRead(4);
  await stage.clock.run(3_000);
  expect(rowIn(program)).toMatchObject({ marked_unread: false, unread_count: 0, read_message_id: 4 });
});

test('marked unread by hand: entering it at a start, before the list has been read from the disk, ends the mark', async () => {
  const { stage, storage, program, rowIn } = await markedUnread();
  program.kill();
  const again = stage.start(ANN, storage);
  again.client.inbox.open();
  again.client.conversation(idOf('a')).open();
  await stage.clock.run(2_000);
  again.client.conversation(idOf('a')).markRead(2);
  await stage.clock.run(3_000);
  expect(rowIn(again)).toMatchObject({ marked_unread: false, unread_count: 0, read_message_id: 2 });
});

async function markedUnread() {
  const stage = createInboxStage('a');
  const storage = memoryStorage();
  stage.write('a', 2);
  const program = stage.start(ANN, storage);
  program.client.inbox.open();
  program.client.conversation(idOf('a')).open();
  await stage.clock.run(2_000);
  await Promise.all([program.client.inbox.changeSettings(idOf('a'), { marked_unread: true }), stage.clock.run(1_000)]);
  const rowIn = ({ client }: Program) => client.inbox.view.get().conversations[0];
  return { stage, storage, program, rowIn };
}
