/**
 * The HTTP routes, typed. Owns paths and bodies; knows nothing of sockets or storage.
 * Every method rejects with `NatterError`; none retries by itself.
 */
import type { BlockList, ContactList, OwnProfile, PatchProfileBody, PublicProfile, Ticket, UserList } from '../../protocol/accounts.ts';
import type { SendBody } from '../../protocol/client-frames.ts';
import type {
  Conversation,
  ConversationList,
  ConversationRow,
  HistoryPage,
  InvitedAnswer,
  MessagePage,
  PatchConversationBody,
  Stored,
} from '../../protocol/conversations.ts';
import type { Device, DeviceList, PushAddress, PushDecision, PushTest, PutDeviceBody } from '../../protocol/devices.ts';
import type { Draft, DraftBody, InboxPage, SettingsBody } from '../../protocol/inbox.ts';
import type { Role } from '../../protocol/message.ts';
import type { Query, Request } from './http.ts';

export interface Page {
  cursor?: string;
  limit?: number;
}
export type UserSearch = { username: string } | { prefix: string } | { ids: string[] };

export type ApiClient = ReturnType<typeof createApi>;

export function createApi(request: Request) {
  const at = (id: string) => `/v1/conversations/${encodeURIComponent(id)}`;
  const member = (id: string, userId: string) => `${at(id)}/members/${encodeURIComponent(userId)}`;
  const device = (id: string) => `/v1/devices/${encodeURIComponent(id)}`;
  return {
    me: () => request<OwnProfile>('GET', '/v1/me'),
    patchMe: (body: PatchProfileBody) => request<OwnProfile>('PATCH', '/v1/me', { body }),
    user: (userId: string) => request<PublicProfile>('GET', `/v1/users/${encodeURIComponent(userId)}`),
    users: (search: UserSearch, page: Page = {}) =>
      request<UserList>('GET', '/v1/users', { query: { ...('ids' in search ? { ids: search.ids.join(',') } : search), ...page } }),

    contacts: (page: Page = {}) => request<ContactList>('GET', '/v1/contacts', { query: { ...page } }),
    addContact: (userId: string) => request<void>('PUT', `/v1/contacts/${encodeURIComponent(userId)}`),
    removeContact: (userId: string) => request<void>('DELETE', `/v1/contacts/${encodeURIComponent(userId)}`),
    blocks: (page: Page = {}) => request<BlockList>('GET', '/v1/blocks', { query: { ...page } }),
    block: (userId: string) => request<void>('PUT', `/v1/blocks/${encodeURIComponent(userId)}`),
    unblock: (userId: string) => request<void>('DELETE', `/v1/blocks/${encodeURIComponent(userId)}`),

    devices: () => request<DeviceList>('GET', '/v1/devices'),
    putDevice: (deviceId: string, body: PutDeviceBody) => request<Device>('PUT', device(deviceId), { body }),
    /** Ends the session that last used it, too. */
    deleteDevice: (deviceId: string) => request<void>('DELETE', device(deviceId)),
    putPushAddress: (deviceId: string, address: PushAddress) => request<Device>('PUT', `${device(deviceId)}/push`, { body: address }),
    deletePushAddress: (deviceId: string) => request<Device>('DELETE', `${device(deviceId)}/push`),
    /** For `PushManager.subscribe`. */
    vapidPublicKey: () => request<{ public_key: string }>('GET', '/v1/push/vapid-public-key'),
    /** Why was I notified, or not: the last decisions, newest first. */
    pushLog: () => request<{ decisions: PushDecision[] }>('GET', '/v1/push/log'),
    testPush: (deviceId: string) => request<PushTest>('POST', '/v1/push/test', { body: { device_id: deviceId } }),

    /** What has moved since a cursor; everything, without one. While `has_more`, the cursor continues this list. */
    inbox: (cursor?: string, limit?: number) => request<InboxPage>('GET', '/v1/inbox', { query: { cursor, limit } }),
    changeSettings: (id: string, body: SettingsBody) => request<ConversationRow>('PATCH', `${at(id)}/settings`, { body }),
    /** Answers the draft as it stands: another device's, when that was edited later. */
    putDraft: (id: string, body: DraftBody) => request<Draft>('PUT', `${at(id)}/draft`, { body }),
    /** Own inbox, newest activity first. */
    conversations: (page: Page = {}) => request<ConversationList>('GET', '/v1/conversations', { query: { ...page } }),
    createDirect: (userId: string) => request<Conversation>('POST', '/v1/conversations', { body: { kind: 'direct', user_id: userId } }),
    /** Give a `globalId` (UUID) of your own to be able to repeat the call: it answers the same conversation. */
    createGroup: (title: string, memberIds: string[], globalId?: string) =>
      request<Conversation>('POST', '/v1/conversations', { body: { kind: 'group', title, member_ids: memberIds, global_id: globalId } }),
    /** To a request; so does answering it. */
    accept: (id: string) => request<void>('PUT', `${at(id)}/acceptance`),
    /** Its sender is not told. `block`: they are blocked too. */
    deleteRequest: (id: string, query: { block?: true } = {}) => request<void>('DELETE', `${at(id)}/acceptance`, { query }),
    /** A group one is invited to. */
    join: (id: string) => request<Conversation>('PUT', `${at(id)}/membership`),
    decline: (id: string) => request<void>('DELETE', `${at(id)}/membership`),
    describe: (id: string) => request<Conversation>('GET', at(id)),
    patchConversation: (id: string, body: PatchConversationBody) => request<Conversation>('PATCH', at(id), { body }),
    putMember: (id: string, userId: string, role?: Role) =>
      request<Conversation | InvitedAnswer>('PUT', member(id, userId), { body: { role } }),
    removeMember: (id: string, userId: string) => request<void>('DELETE', member(id, userId)),

    /** One page, newest first: the newest, that before a number, or that around one. `events`: membership and title entries too. */
    history: (id: string, query: { before?: number; around?: number; limit?: number; events?: true } = {}) =>
      request<HistoryPage>('GET', `${at(id)}/messages`, { query: query satisfies Query }),
    /** Everything after a number, changes included, oldest first. */
    sync: (id: string, afterMessageId: number, limit?: number) =>
      request<MessagePage>('GET', '/v1/messages/sync', { query: { conversation_id: id, after_message_id: afterMessageId, limit } }),
    /** Past the outbox: nothing is stored on this device and nothing is retried. */
    send: (id: string, body: SendBody) => request<Stored>('POST', `${at(id)}/messages`, { body }),
    read: (id: string, messageId: number) => request<void>('PUT', `${at(id)}/read`, { body: { message_id: messageId } }),
    /** For a socket from where neither cookie nor header can be sent: single use, 30 s. */
    issueTicket: () => request<Ticket>('POST', '/v1/tickets'),
  };
}
