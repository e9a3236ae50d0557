/**
 * What the Worker and the users' objects may ask of a conversation (native RPC).
 * A user id in the arguments is a fact: the Worker has authenticated it.
 * Every method answers `not_found` to one who is no member. The socket upgrade goes by `fetch`.
 */
import type { LogFrame } from '../../protocol/client-frames.ts';
import type { Conversation, ConversationKind, HistoryQuery, PatchConversationBody } from '../../protocol/conversations.ts';
import type { Role } from '../../protocol/message.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Delivery } from '../user-inbox/api.ts';

export interface Creation {
  conversation_id: string;
  kind: ConversationKind;
  title: string | null;
  creator_id: string;
  /** Of its log; a new one when it is left out. */
  epoch?: string;
  /** The others; the creator is a member too. */
  member_ids: string[];
  /** Direct only: the other has to accept it. */
  asks?: boolean;
  /** The creator's quotas count. */
  limited?: boolean;
  /** Those of all of them of whom D1 has no contacts and no blocks. */
  without_lists?: readonly string[];
}

/** What of a conversation is not told or archived yet. */
export interface Pending {
  last_message_id: number;
  archived_to: number;
  /** True also where there is no archive. */
  is_archived: boolean;
  /** Members' inboxes that lack something. */
  inboxes: number;
  /** D1 does not know yet who the members are. */
  members: boolean;
  /** Entries that can be neither told nor archived and are skipped. */
  set_aside: number;
  /** When something is tried next; null: nothing waits, or it waits for something to happen. */
  next_at: number | null;
}

/** What the Worker knows of somebody who adds somebody. */
export interface Adding {
  /** The quotas of the one who adds count. */
  limited: boolean;
  /** Those of the two of whom D1 has no contacts and no blocks. */
  without_lists: readonly string[];
}

/** `invited`: they are no member, and whether they will be is not for the one who asks to know. */
export type Added = { status: 'member'; conversation: Conversation } | { status: 'invited' };

/** How a submitted frame ended: `repeated` when the log held it already. */
export interface Submitted {
  message_id: number;
  timestamp: number;
  repeated: boolean;
}

/** Those of one session, or those that one device has opened up to then, under whichever session: later it may have signed in anew. */
export type ClosedSockets = { session_id: string } | { device_id: string; opened_until: number };

/** Whose the id of a pair's direct conversation is: nobody's yet, theirs, or that of another conversation. */
export type Pairing = { is: 'free' } | { is: 'pair'; conversation: Conversation; reopens: boolean } | { is: 'taken' };

export interface ConversationApi extends Rpc.DurableObjectBranded {
  fetch(request: Request): Promise<Response>;
  create(creation: Creation): Promise<Outcome<{ created: boolean; conversation: Conversation }>>;
  describe(userId: string): Promise<Outcome<Conversation>>;
  /** Is it the direct conversation of these two and nobody else? The answer is meant for the first. */
  pairing(userId: string, otherId: string): Promise<Pairing>;
  patch(userId: string, patch: PatchConversationBody): Promise<Outcome<Conversation>>;
  putMember(userId: string, memberId: string, role: Role | undefined, adding: Adding): Promise<Outcome<Added>>;
  /** Who was asked agrees to a direct conversation; `not_found` when nobody asked. */
  accept(userId: string): Promise<Outcome<null>>;
  /** Or does not, which the opener is not told. */
  deleteRequest(userId: string): Promise<Outcome<{ from: string }>>;
  /** One of a pair opens their conversation again: a request that was deleted is taken up, or after a long time asked again. */
  openAgain(userId: string): Promise<void>;
  /** Who is invited to a group comes in, or declines; `not_found` when they are not, or are not to know of it. */
  join(userId: string): Promise<Outcome<Conversation>>;
  decline(userId: string): Promise<Outcome<null>>;
  removeMember(userId: string, memberId: string): Promise<Outcome<{ removed: boolean }>>;
  /** One frame over HTTP. */
  submit(userId: string, frame: LogFrame): Promise<Outcome<Submitted>>;
  /** JSON of a `HistoryPage`. */
  history(userId: string, query: HistoryQuery): Promise<Outcome<string>>;
  /** JSON of a `MessagePage`. */
  sync(userId: string, afterMessageId: number, limit: number): Promise<Outcome<string>>;
  read(userId: string, messageId: number): Promise<Outcome<{ read: number }>>;
  /**
   * Direct only, idempotent: `by` no longer lets the other write (or does again). Of one user's the highest version holds.
   * A conversation that does not exist is left alone.
   */
  setBlocked(by: string, blocked: boolean, version: number): Promise<void>;
  /**
   * The user's inbox asks for the exact state, since what it has may be out of date; `live`: a device of theirs has just
   * come. Null: there is no such conversation, or the user was never in it. Counts as told only once delivered.
   */
  exact(userId: string, asker: { live: boolean }): Promise<Delivery | null>;
  /** A device got everything up to here by another way than a socket of this conversation. */
  delivered(userId: string, messageId: number): Promise<void>;
  /** Off: nobody is told what the user has read, and the user is told of nobody. */
  setReadReceipts(userId: string, on: boolean): Promise<void>;
  /** Closes sockets of one user with 4401. */
  closeSockets(whose: { user_id: string } & ClosedSockets): Promise<{ closed: number }>;
  /** From an operator: what failed is tried now, however often it has failed. Null: there is no such conversation. */
  wake(): Promise<Pending | null>;
  /**
   * From an operator: its state is to be that of an instant of the last thirty days, as soon as it restarts. Its sockets
   * are closed. Null: there is no such conversation. @returns how to undo it, and who its members are now
   */
  restore(at: number): Promise<{ undo: string; members: string[] } | null>;
  /** Never answers: the object ends. */
  restart(): Promise<void>;
  /** Once restarted: it is another log from here on. Null: there is no such conversation. */
  reopen(epoch: string, was: string[]): Promise<Pending | null>;
}
