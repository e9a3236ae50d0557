/**
 * What the client offers and what it asks of its surroundings: types only.
 * Durations are milliseconds and end in `Ms`, instants are milliseconds since 1970;
 * wire objects keep their wire names.
 */
import type { ConversationRow, Stored } from '../../protocol/conversations.ts';
import type { Refusal } from '../../protocol/errors.ts';
import type { PresenceStatus, SettingsBody } from '../../protocol/inbox.ts';
import type { Message, MessageType } from '../../protocol/message.ts';
import type { Member, Receipt } from '../../protocol/server-frames.ts';
import type { ApiClient } from './api.ts';
import type { ClientStorage } from './storage.ts';

/** `cookie`: the browser's session cookie. `token`: a bearer token, or a function that gets a fresh one. */
export type Auth = { kind: 'cookie' } | { kind: 'token'; token: string | (() => Promise<string>) };

export interface ClientOptions {
  /** Origin of the server, `https://chat.example`; empty means our own, in a browser. */
  url: string;
  auth: Auth;
  /** `indexedDbStorage('natter')` in a browser; `memoryStorage()` forgets everything with the process. */
  storage: ClientStorage;
  /** A UUID; made once and kept in the storage when left out. */
  deviceId?: string;
  /**
   * The user this client is for, where the program knows it already; asked of the server when left out. Where the
   * credential turns out to be another user's, nothing is sent or kept and every connection ends (`other_user`).
   */
  userId?: string;
  /** Time, chance, timers, network: each can be replaced. */
  environment?: Partial<Environment>;
}

export interface Client {
  /** The id of the user: given, or from `GET /v1/me`; the last one known while that is not answered. Rejects with `NatterError` `unauthenticated`. */
  userId(): Promise<string>;
  /** This device's id: given, or made once and kept in the storage. */
  deviceId(): Promise<string>;
  /** The HTTP routes; every method rejects with `NatterError`. */
  api: ApiClient;
  /** All conversations as one list, on a socket of its own. */
  inbox: InboxHandle;
  /** Who is there: subscribing watches, at most 200 at once, the newest win. Null while not known. The same observable for the same id. */
  presence(userId: string): Observable<PresenceView | null>;
  /** Whether the app is in front; it is, until told otherwise. In front again, it takes the inbox back from another tab. */
  setActive(on: boolean): void;
  /** The same handle for the same id. */
  conversation(id: string): ConversationHandle;
  /** Conversations in which something typed still waits to be sent: open them to send it. */
  pending(): Promise<string[]>;
  /** Closes every conversation and writes down what is not yet stored. */
  close(): Promise<void>;
  /**
   * Closes, and deletes what this device has kept: messages, the outbox, ids. For signing out
   * where others sit down afterwards. What was not sent yet is lost; the client cannot be used any more.
   */
  forget(): Promise<void>;
}

export interface InboxHandle {
  view: Observable<InboxView>;
  status: Observable<ConnectionStatus>;
  /** Connects, and stays connected until `close()`. The first subscriber of `view` does the same. After `ended` it tries again. */
  open(): void;
  close(): void;
  /** Shown at once, undone when it fails: then it rejects with `NatterError`. */
  changeSettings(conversationId: string, settings: SettingsBody): Promise<void>;
  /** Call it at every keystroke: kept on this device at once, told to the others at most once a second. Sending clears it. */
  setDraft(conversationId: string, content: string): void;
  /** Asks for what has moved, over HTTP. Rejects with `NatterError`. */
  refresh(): Promise<void>;
}

export interface InboxView {
  /** Pinned first, then newest activity; archived ones included. A row that did not change keeps its reference. */
  conversations: ConversationRow[];
  /** What waits for the user's answer, newest first: requests, and invitations that have not expired. In no other list and no count. */
  requests: ConversationRow[];
  /** Over all that is neither muted nor archived; one marked unread by hand counts as a conversation. */
  unread: { messages: number; mentions: number; conversations: number };
  /** Nothing is known yet. */
  loading: boolean;
  /** What is shown may be out of date. */
  catchingUp: boolean;
}

export interface PresenceView {
  status: PresenceStatus;
  /** Milliseconds since 1970; with `offline`, where both sides allow it. */
  last_seen?: number;
}

export interface ConversationHandle {
  readonly id: string;
  /**
   * Call it whenever the user comes to look, also at what is open already (selects it anew, comes back to the page):
   * connects, takes a mark `marked_unread` away, and so lets `markRead` count again.
   * Stays connected until `close()`, or until three others have been opened since: then it sleeps, fed by the inbox,
   * whose status it shows, until it is opened or something is sent. The first subscriber and `send` connect too.
   * After `ended` it tries again.
   */
  open(): void;
  close(): void;
  timeline: Observable<TimelineView>;
  status: Observable<ConnectionStatus>;
  /** Stores the text on this device (where that fails it is `volatile`), then sends it, in order, however long that takes. */
  send(input: SendInput): Sending;
  /** `edit`, `delete` and `react` take their place in the same queue; they reject with `NatterError` when refused for good. */
  edit(messageId: number, content: string): Promise<Stored>;
  delete(messageId: number): Promise<Stored>;
  react(messageId: number, emoji: string, on: boolean): Promise<Stored>;
  /** Tries a refused entry again, under its old id. */
  retry(globalId: string): void;
  /** Forgets a refused entry and its text. */
  discard(globalId: string): Promise<void>;
  /** Fetches the page before the oldest message shown. Rejects with `NatterError`. */
  loadOlder(): Promise<{ has_more: boolean }>;
  /**
   * Everything up to here has been seen: call it while the page is visible and scrolled to there. Only moves forward.
   * Without effect once the user has marked the conversation unread, until `open()` or `send`.
   */
  markRead(messageId: number): void;
  /** Call it at every keystroke (`what`: `text` when left out): it sends as seldom as the lease allows. */
  setTyping(on: boolean, what?: TypingWhat): void;
}

export type TypingWhat = 'text' | 'recording' | 'uploading';

export interface SendInput {
  content: string;
  /** `text` when left out. */
  type?: MessageType;
  reply_to?: number;
  mentions?: string[];
  attachments?: { media_id: string }[];
}

export interface Sending {
  entry: LocalEntry;
  /** Resolves when the server has it on disk; rejects with `NatterError` only when it is refused for good. Needs no handler. */
  stored: Promise<Stored>;
}

/** A value that changes: `get` answers the same reference until it does, so React's `useSyncExternalStore` can take it as it is. */
export interface Observable<T> {
  get(): T;
  subscribe(listener: () => void): () => void;
}

export interface TimelineView {
  /** Log entries ascending by `message_id`, without holes that the server has filled, then what waits to be sent, in sending order. */
  entries: TimelineEntry[];
  hasOlder: boolean;
  /** True: newer entries exist that are still being fetched. */
  catchingUp: boolean;
  /** Number of the newest log entry that is in, changes included. */
  lastMessageId: number;
  members: Member[];
  receipts: Receipt[];
  typing: { user_id: string; until: number; what?: string }[];
  /** How many messages wait for the server, refused ones left out. */
  pending: number;
}

export type TimelineEntry = { kind: 'message'; message: Message } | { kind: 'local'; entry: LocalEntry };

export interface LocalEntry {
  global_id: string;
  content: string;
  type: MessageType;
  reply_to?: number;
  mentions?: string[];
  attachments?: { media_id: string }[];
  created_at: number;
  state: 'queued' | 'sending' | 'refused';
  refusal?: Refusal;
  /** This device could not write it down (its disk is full): until it has been sent, a reload would lose it. */
  volatile?: true;
}

/** `other_user`: the credential has become another user's. */
export type EndReason = 'unauthenticated' | 'other_user' | 'not_a_member' | 'replaced';

export interface ConnectionStatus {
  state: 'idle' | 'connecting' | 'online' | 'waiting' | 'offline' | 'ended';
  /** Why it ended; only with `ended`. */
  reason?: EndReason;
  /** When it tries again; with `waiting` and `offline`. */
  retryAt?: number;
}

/** `visible`: the page came to the front or the device woke up. */
export type NetworkHint = 'online' | 'offline' | 'visible';

export interface Environment {
  /** Milliseconds since 1970. */
  now(): number;
  /** From 0 up to 1; also the source of new ids, so it must be hard to guess. */
  random(): number;
  /** Calls once, unless cancelled by what it returns. */
  setTimer(callback: () => void, delayMs: number): () => void;
  fetch: FetchLike;
  openSocket(url: string): SocketLike;
  /** A steady beat about every five seconds from where browsers do not slow it down: a Web Worker (`heartbeat.ts`). */
  heartbeat?: (tick: () => void) => () => void;
  /** Tells of the network and of the page coming to the front. */
  onlineHint?: (listener: (hint: NetworkHint) => void) => () => void;
  /** A lock that programs on one storage share (Web Locks): calls `onHeld` once it is ours; what it returns gives it back. */
  lock?: (name: string, onHeld: () => void) => () => void;
}

export interface RequestLike {
  method: string;
  headers: Record<string, string>;
  body?: string;
  credentials?: 'include';
  signal: AbortSignal;
}

export interface ResponseLike {
  status: number;
  headers: { get(name: string): string | null };
  text(): Promise<string>;
}

export type FetchLike = (url: string, init: RequestLike) => Promise<ResponseLike>;

/** What we use of a `WebSocket`. */
export interface SocketLike {
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
}
