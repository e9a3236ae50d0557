/** What a conversation asks of the client around it: types only. */
import type { ApiClient } from './api.ts';
import type { Digest } from './inbox-view.ts';
import type { ClientStorage } from './storage.ts';
import type { ConnectionStatus, Environment } from './types.ts';

export interface ConversationHost {
  api: ApiClient;
  environment: Environment;
  storage: ClientStorage;
  userId(): Promise<string>;
  deviceId(): Promise<string>;
  socketUrl(id: string, afterMessageId: number): Promise<string>;
  /** Connect, taking a socket from another conversation if need be. */
  open(id: string): void;
  /** The status to show instead of our own; undefined: our own. */
  statusAsleep(id: string): ConnectionStatus | undefined;
  /** The server has ended it. */
  onEnded(id: string): void;
  /** The connection is another user's. */
  onOtherUser(): void;
  /** Less, or more, waits to be sent. */
  onQueue(): void;
  onDigest(id: string, digest: Digest | undefined): void;
  onRead(id: string, messageId: number): void;
  /** How far this device is known to have read: after a crash the inbox may know better. */
  readOf(id: string): number;
}
