/** [E1] One browser, one cookie, two users: the tab of one never acts as the other. The whole client against the fake service. */
import { describe, expect, test } from 'vitest';
import { memoryStorage, NatterError, type ClientStorage } from '../../../client/src/index.ts';
import { ANN, BEN, createInboxStage, idOf, type InboxStage } from '../../support/client-inbox-stage.ts';
import { messagesOf } from '../../support/client-invariants.ts';
import type { Program } from '../../support/client-program.ts';
import { FAIR } from '../../support/fake-server/network.ts';

const SHARED = idOf('a');
const BENS_OWN = idOf('b');
const NO_LINK = { ...FAIR, lost: 1, cut: 1 };
const ENDED = { state: 'ended', reason: 'other_user' };

const typed = async (storage: ClientStorage, userId: string) =>
  (await storage.outbox(userId, SHARED)).map(({ frame }) => frame.op === 'send' && frame.content);
const written = (stage: InboxStage) => stage.service.conversations.get(SHARED)!.log.all();
const statuses = ({ client }: Program) => [client.inbox.status.get(), client.conversation(SHARED).status.get()];

/** Everything of a user that a storage holds. */
const keptOf = async (storage: ClientStorage, userId: string) => ({
  rows: (await storage.inbox(userId)).rows.map(({ row }) => row.conversation_id),
  copies: (await Promise.all([SHARED, BENS_OWN].map((id) => storage.timeline(userId, id)))).filter((copy) => copy !== null).length,
});

/** Ann's tab is open, with a conversation in front; then its link is gone, she types, and Ben signs in. */
async function annsTab(knowsUsers: boolean): Promise<{ stage: InboxStage; tab: Program; storage: ClientStorage }> {
  const stage = createInboxStage('ab');
  stage.service.remove(stage.service.conversations.get(BENS_OWN)!, ANN);
  stage.write('a', 2);
  stage.write('b', 3);
  const storage = memoryStorage();
  stage.network.cookie = ANN;
  const tab = stage.openTab(ANN, storage);
  tab.client.inbox.open();
  tab.client.conversation(SHARED).open();
  await stage.clock.run(2_000);
  stage.network.weather = NO_LINK;
  stage.network.cutAll();
  await stage.clock.run(500);
  tab.client.conversation(SHARED).send({ content: 'for Ben alone, from Ann' });
  // Over HTTP only the server can tell.
  if (knowsUsers) tab.client.inbox.setDraft(SHARED, 'half a sen');
  await stage.clock.run(500);
  stage.network.cookie = BEN;
  stage.service.knowsUsers = knowsUsers;
  stage.service.served.length = 0;
  stage.heard.length = 0;
  stage.write('b', 1);
  return { stage, tab, storage };
}

describe.each([
  ['refused by the server', true],
  ['let in by a server from before', false],
])("[E1] the link of Ann's tab comes back when Ben has signed in: %s", (_, knowsUsers) => {
  test('both connections end, and nothing is said under his name', async () => {
    const { stage, tab } = await annsTab(knowsUsers);
    stage.network.weather = FAIR;
    tab.hint('online');
    await stage.clock.run(120_000);
    expect(statuses(tab)).toEqual([ENDED, ENDED]);
    expect(tab.openSockets()).toBe(0);
    expect(written(stage).map(({ sender_id, content }) => [sender_id, content])).toEqual([
      [BEN, 'text 1'],
      [BEN, 'text 2'],
    ]);
    expect(stage.service.conversations.get(SHARED)!.received).toEqual([]);
    expect(stage.heard).toEqual([]);
    // What a server from before lets in are the two connections, until their hello.
    expect(stage.service.served.filter((what) => !what.startsWith(`${BEN} SOCKET`))).toEqual([]);
    expect(stage.service.served.length).toBeLessThanOrEqual(knowsUsers ? 0 : 2);
  });

  test('nothing of his is shown or kept, and what she typed is kept', async () => {
    const { stage, tab, storage } = await annsTab(knowsUsers);
    stage.network.weather = FAIR;
    tab.hint('online');
    await stage.clock.run(120_000);
    expect(tab.client.inbox.view.get().conversations.map(({ conversation_id }) => conversation_id)).toEqual([SHARED]);
    expect(messagesOf(tab.client.conversation(SHARED).timeline.get()).map(({ message_id }) => message_id)).toEqual([1, 2]);
    expect(await keptOf(storage, ANN)).toEqual({ rows: [SHARED], copies: 1 });
    expect(await keptOf(storage, BEN)).toEqual({ rows: [], copies: 0 });
    expect(await typed(storage, ANN)).toEqual(['for Ben alone, from Ann']);
    expect((await storage.drafts(ANN)).map(({ content }) => content)).toEqual(knowsUsers ? ['half a sen'] : []);
  });

  test('her text goes out under her name once she has signed in again', async () => {
    const { stage, tab, storage } = await annsTab(knowsUsers);
    stage.network.weather = FAIR;
    tab.hint('online');
    await stage.clock.run(60_000);
    const closed = tab.client.close();
    await stage.clock.run(1_000);
    await closed;
    const bens = stage.openTab(BEN);
    bens.client.inbox.open();
    await stage.clock.run(5_000);
    expect(bens.client.inbox.status.get().state).toBe('online');
    stage.network.cookie = ANN;
    const again = stage.openTab(ANN, storage);
    again.client.conversation(SHARED).open();
    await stage.clock.run(5_000);
    expect(written(stage).at(-1)).toMatchObject({ sender_id: ANN, content: 'for Ben alone, from Ann' });
    expect(await typed(storage, ANN)).toEqual([]);
  });
});

test('[E1] one request that is refused as another user’s ends every connection', async () => {
  const stage = createInboxStage('a');
  stage.network.cookie = ANN;
  const tab = stage.openTab(ANN);
  tab.client.inbox.open();
  tab.client.conversation(SHARED).open();
  await stage.clock.run(2_000);
  stage.network.cookie = BEN;
  const refused = tab.client.api.block('somebody').then(
    () => null,
    (error: unknown) => error instanceof NatterError && [error.code, error.reason],
  );
  await stage.clock.run(2_000);
  expect(await refused).toEqual(['conflict', 'other_user']);
  expect(statuses(tab)).toEqual([ENDED, ENDED]);
  expect(tab.openSockets()).toBe(0);
});

test('[E1] it ends for good, and opens again only when it is told to', async () => {
  const { stage, tab, storage } = await annsTab(true);
  stage.network.weather = FAIR;
  tab.hint('online');
  await stage.clock.run(60_000);
  const asked = stage.service.requests.length;
  for (const hint of ['online', 'visible'] as const) tab.hint(hint);
  tab.client.setActive(false);
  tab.client.setActive(true);
  await stage.clock.run(600_000);
  expect([stage.service.requests.length, ...statuses(tab)]).toEqual([asked, ENDED, ENDED]);
  stage.network.cookie = ANN;
  tab.client.conversation(SHARED).open();
  await stage.clock.run(5_000);
  expect([written(stage).at(-1)?.sender_id, await typed(storage, ANN)]).toEqual([ANN, []]);
});

test('[E1] every request and both sockets name the user', async () => {
  const stage = createInboxStage('a');
  const meant: (string | undefined)[] = [];
  const carry = stage.service.request.bind(stage.service);
  stage.service.request = (method, url, asked) => (meant.push(asked.meantFor), carry(method, url, asked));
  const opened: (string | null)[] = [];
  const open = stage.service.open.bind(stage.service);
  stage.service.open = (url, socket, cookie) => (opened.push(url.searchParams.get('user')), open(url, socket, cookie));
  stage.network.cookie = ANN;
  const tab = stage.openTab(ANN);
  tab.client.inbox.open();
  tab.client.conversation(SHARED).open();
  void tab.client.inbox.refresh();
  await stage.clock.run(2_000);
  expect(opened).toEqual([ANN, ANN]);
  expect([...new Set(meant)]).toEqual([ANN]);
});
