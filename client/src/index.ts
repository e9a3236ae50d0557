/** The front door of `@natter/client`: what a program may import, and nothing else. */
export { createClient } from './client.ts';
export { NatterError } from './error.ts';
export { indexedDbStorage } from './indexed-db.ts';
export { memoryStorage } from './memory-storage.ts';
export { workerHeartbeat } from './heartbeat.ts';
export type { ApiClient, Page, UserSearch } from './api.ts';
export type { ClientStorage } from './storage.ts';
export type {
  Auth,
  Client,
  ClientOptions,
  ConnectionStatus,
  ConversationHandle,
  EndReason,
  Environment,
  InboxHandle,
  InboxView,
  LocalEntry,
  NetworkHint,
  Observable,
  PresenceView,
  SendInput,
  Sending,
  SocketLike,
  TimelineEntry,
  TimelineView,
  TypingWhat,
} from './types.ts';
