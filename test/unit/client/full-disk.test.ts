/** [P9] A device that can keep nothing: the client works from memory, and says what would not survive. */
import { expect, test } from 'vitest';
import { memoryStorage, type ClientStorage } from '../../../client/src/index.ts';
import { ANN as USER, createInboxStage, idOf } from '../../support/client-inbox-stage.ts';
import { ANN, createStage } from '../../support/client-stage.ts';
import { FAIR } from '../../support/fake-server/network.ts';

/** Reads, and refuses every write while `isFull`. */
function disk(isFull: () => boolean): ClientStorage {
  const kept = memoryStorage();
  const unlessFull =
    <Args extends unknown[]>(write: (...args: Args) => Promise<void>) =>
    async (...args: Args): Promise<void> => {
      if (isFull()) throw new DOMException('no room', 'QuotaExceededError');
      await write(...args);
    };
  return {
    ...kept,
    setValue: unlessFull(kept.setValue),
    saveTimeline: unlessFull(kept.saveTimeline),
    append: unlessFull(kept.append),
    saveInbox: unlessFull(kept.saveInbox),
    putDraft: unlessFull(kept.putDraft),
    putOutbox: unlessFull(kept.putOutbox),
  };
}

test('full at the first sign-in: the list is there, and the device keeps one id while it runs', async () => {
  const stage = createInboxStage('a');
  stage.write('a', 2);
  const { client } = stage.start(
    USER,
    disk(() => true),
  );
  client.inbox.open();
  await stage.clock.run(1_000);
  expect(client.inbox.view.get()).toMatchObject({ loading: false, unread: { messages: 2 } });
  client.conversation(idOf('a')).open();
  await stage.clock.run(1_000);
  expect(client.conversation(idOf('a')).timeline.get()).toMatchObject({ catchingUp: false, lastMessageId: 2 });

  const other = createStage().start(
    ANN,
    disk(() => true),
  ).client;
  const id = await other.deviceId();
  expect([id.length, await other.deviceId()]).toEqual([36, id]);
});

test('full later: what is typed is sent from memory, and marked until it is there', async () => {
  const stage = createStage();
  let isFull = false;
  const { handle, shown } = stage.start(
    ANN,
    disk(() => isFull),
  );
  handle.open();
  await stage.clock.run(1_000);
  isFull = true;
  const { stored } = handle.send({ content: 'no room' });
  await stage.clock.run(1_000);
  expect([(await stored).message_id, shown()]).toEqual([1, { log: [1], local: [] }]);

  stage.network.weather = { ...FAIR, lost: 1, cut: 1 };
  handle.send({ content: 'neither a network' });
  await stage.clock.run(1_000);
  const local = handle.timeline.get().entries.at(-1);
  expect(local).toMatchObject({ kind: 'local', entry: { content: 'neither a network', volatile: true } });
  expect(handle.timeline.get().pending).toBe(1);
  stage.network.weather = FAIR;
  await stage.clock.run(60_000);
  expect(shown()).toEqual({ log: [1, 2], local: [] });
});

test('room again: what is tried again is kept, and the mark goes', async () => {
  const stage = createStage();
  let isFull = true;
  const storage = disk(() => isFull);
  const { handle } = stage.start(ANN, storage);
  const { entry } = handle.send({ content: 'x'.repeat(17 * 1024) });
  await stage.clock.run(1_000);
  const shown = () => handle.timeline.get().entries.flatMap((each) => (each.kind === 'local' ? [each.entry] : []));
  expect(shown()).toMatchObject([{ state: 'refused', volatile: true }]);
  isFull = false;
  stage.network.weather = { ...FAIR, lost: 1, cut: 1 };
  handle.retry(entry.global_id);
  await stage.clock.run(1_000);
  expect([shown()[0]?.volatile, (await storage.outboxes(ANN)).length]).toEqual([undefined, 1]);
});
