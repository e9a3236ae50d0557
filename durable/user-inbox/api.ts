/** What the Worker and the conversations may ask of a user's own object (native RPC), addressed by user id. */
import type { ConversationKind, ConversationList, LastMessage } from '../../protocol/conversations.ts';
import type { Role } from '../../protocol/message.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Session } from '../session.ts';

/** What a conversation tells one member: its state as of `last_message_id`. Repeating or reordering it does no harm. */
export interface Delivery {
  user_id: string;
  conversation_id: string;
  kind: ConversationKind;
  title: string | null;
  avatar_url: string | null;
  members: string[];
  /** Null: no longer a member since `last_message_id`. */
  role: Role | null;
  last_message_id: number;
  last_message: LastMessage | null;
  /** Messages (not changes) up to `last_message_id`. */
  countable_total: number;
  read_message_id: number;
  /** Messages up to `read_message_id`. */
  read_total: number;
  /** Numbers of entries of this delivery that mention the user. */
  mentioned_in: number[];
  /** Time of the last entry, or of the creation. */
  updated_at: number;
}

export interface Delivered {
  stored: boolean;
  /** The user has a fresh socket that is not this conversation's. */
  live_elsewhere: boolean;
}

export interface UserInboxApi extends Rpc.DurableObjectBranded {
  deliver(delivery: Delivery): Promise<Delivered>;
  list(cursor: string | undefined, limit: number): Promise<Outcome<ConversationList>>;
  /** A single-use ticket for a socket, good for 30 s. It names its user, so that the Worker knows whom to ask. */
  issueTicket(session: Session): Promise<string>;
  /** Consumes it; null when it is used, old or made up. */
  consumeTicket(ticket: string): Promise<Session | null>;
  /** Closes every socket the session opened, here and in the user's conversations. */
  endSession(sessionId: string): Promise<void>;
}
