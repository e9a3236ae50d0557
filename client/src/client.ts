/**
 * The client as a whole: one user on one device; who that is, the inbox, and one handle per conversation.
 * A storage may have been another user's before: everything in it is kept apart by user id.
 * Invariant: once one answer says that the credential is another user's, every connection ends.
 */
import { uuidv7 } from '../../protocol/ids.ts';
import { createApi } from './api.ts';
import { createConversation, type Conversation } from './conversation.ts';
import type { ConversationHost } from './conversation-host.ts';
import { platform } from './environment.ts';
import { createHandle } from './handle.ts';
import { createRequest } from './http.ts';
import { createIdentity } from './identity.ts';
import { createInbox } from './inbox.ts';
import { once } from './once.ts';
import { createRoster } from './roster.ts';
import { steady } from './steady.ts';
import type { Client, ClientOptions, ConversationHandle, Environment } from './types.ts';

export function createClient({ url, auth, storage, deviceId, userId: expected, environment: replaced }: ClientOptions): Client {
  const given: Environment = { ...platform(), ...replaced };
  const environment: Environment = { ...given, now: steady(given.now) };
  const userId = createIdentity(expected, createRequest(url, auth, environment), storage);
  const api = createApi(createRequest(url, auth, environment, { userId, onOtherUser }));
  const conversations = new Map<string, { conversation: Conversation; handle: ConversationHandle }>();

  const device = once(async () => {
    const known = deviceId ?? (await storage.value('device_id'));
    if (known !== null) return known;
    const made = newId(environment);
    // A device that can keep nothing has it in memory, for as long as this runs.
    await storage.setValue('device_id', made).catch(() => {});
    return made;
  });

  async function socketUrl(path: string, query: Record<string, string | number>): Promise<string> {
    const base = (url === '' ? location.origin : url).replace(/^http/, 'ws');
    const all = new URLSearchParams({ device_id: await device(), user: await userId() });
    for (const [name, value] of Object.entries(query)) all.set(name, String(value));
    // A WebSocket sends no headers, and a token does not belong in an address.
    if (auth.kind === 'token') all.set('ticket', (await api.issueTicket()).ticket);
    return `${base}${path}?${all.toString()}`;
  }

  const inbox = createInbox({
    api,
    environment,
    storage,
    userId,
    socketUrl: (cursor) => socketUrl('/v1/inbox/socket', { cursor }),
    onOtherUser,
    isAwake: (id) => conversations.get(id)?.conversation.isOnline() ?? false,
    feed: (id, entries) => conversations.get(id)?.conversation.feed(entries) ?? false,
    markRead: (id, messageId) => conversations.get(id)?.conversation.markRead(messageId),
    readElsewhere: (id, messageId) => conversations.get(id)?.conversation.readElsewhere(messageId),
  });

  const roster = createRoster({
    wake: (id) => conversations.get(id)?.conversation.connect(),
    sleep(id) {
      conversations.get(id)?.conversation.disconnect();
      inbox.slept(id);
    },
    isBusy: (id) => conversations.get(id)?.conversation.isBusy() ?? false,
  });

  // Whoever sleeps is kept up to date by the inbox, so its status is theirs.
  inbox.handle.status.subscribe(() => {
    for (const id of roster.sleepers()) conversations.get(id)?.conversation.outdateStatus();
  });

  const host: ConversationHost = {
    api,
    environment,
    storage,
    userId,
    deviceId: device,
    socketUrl: (id, after) => socketUrl(`/v1/conversations/${encodeURIComponent(id)}/socket`, { after_message_id: after }),
    open: roster.opened,
    statusAsleep: (id) => (roster.isAsleep(id) ? inbox.handle.status.get() : undefined),
    onEnded: roster.closed,
    onOtherUser,
    onQueue: roster.settled,
    onDigest: inbox.digested,
    onRead: inbox.read,
    readOf: inbox.readOf,
  };

  function handleOf(id: string): ConversationHandle {
    const known = conversations.get(id);
    if (known) return known.handle;
    const conversation = createConversation(id, host);
    const handle = createHandle(id, conversation, {
      newId: () => newId(environment),
      open: () => roster.opened(id),
      close() {
        roster.closed(id);
        conversation.disconnect();
        inbox.slept(id);
      },
      isMarkedUnread: () => inbox.isMarkedUnread(id),
      entered: () => inbox.entered(id),
      onSent: () => inbox.sent(id),
    });
    conversations.set(id, { conversation, handle });
    return handle;
  }

  function onOtherUser(): void {
    inbox.disown();
    for (const { conversation } of conversations.values()) conversation.disown();
  }

  function hangUp(): void {
    inbox.handle.close();
    for (const { handle } of conversations.values()) handle.close();
  }

  return {
    userId,
    deviceId: device,
    api,
    inbox: inbox.handle,
    presence: inbox.presence,
    setActive: inbox.setActive,
    conversation: handleOf,
    pending: async () => storage.outboxes(await userId()),
    async close() {
      hangUp();
      await Promise.all([inbox.flush(), ...[...conversations.values()].map(({ conversation }) => conversation.flush())]);
      await storage.close();
    },
    async forget() {
      hangUp();
      await storage.forget();
    },
  };
}

const newId = ({ now, random }: Environment): string =>
  uuidv7(
    now(),
    Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256)),
  );
