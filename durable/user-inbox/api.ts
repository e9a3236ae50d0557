/** What the Worker, the conversations and other users' objects may ask of a user's own object (native RPC), addressed by user id. */
import type { ConversationKind, ConversationList, ConversationRow, LastMessage, UnansweredState } from '../../protocol/conversations.ts';
import type { Device, PushAddress, PushDecision, PutDeviceBody } from '../../protocol/devices.ts';
import type { Draft, DraftBody, InboxPage, SettingsBody } from '../../protocol/inbox.ts';
import type { Message, Role } from '../../protocol/message.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { PrivacyChoice } from '../../protocol/reach.ts';
import type { DeviceUse } from './devices/devices.ts';
import type { PresenceNews, PresenceState, Watch, Watching } from './presence-api.ts';
import type { PushJob, PushPlan, PushResult } from './push-api.ts';
import type { AddedAnswer, AddedQuestion, AddingAnswer, AddingQuestion } from './reach/api.ts';
import type { Authenticated, Proof, SessionKey, SessionRecord, Use } from './sessions/api.ts';

/**
 * What the user has agreed to. `asking`: the other has not accepted yet; to the user it is a conversation like any other.
 * `invited`: no member, and nothing can be read.
 */
export type ConsentState = 'active' | 'asking' | 'request' | 'invited';

export interface Consent {
  state: ConsentState;
  /** When that came about: of two deliveries of the same `last_message_id` the later one counts. */
  at: number;
  /** Of one who is invited. */
  invitation?: Invitation;
}

export interface Invitation {
  invited_by: string;
  member_count: number;
  expires_at: number;
}

/** What a conversation tells one member: its state as of `last_message_id`. Repeating or reordering it does no harm. */
export interface Delivery {
  user_id: string;
  conversation_id: string;
  /** Of the log it speaks of: what is told of an older one is not taken, what is told of a newer one replaces the row. */
  epoch: string;
  kind: ConversationKind;
  title: string | null;
  avatar_url: string | null;
  members: string[];
  /** Null: no longer a member since `last_message_id`. */
  role: Role | null;
  last_message_id: number;
  last_message: LastMessage | null;
  /** Only where the inbox asked, and that message is deleted: the newest unread one that is not. */
  notifiable?: Pick<LastMessage, 'message_id' | 'sender_id' | 'timestamp'> | null;
  /** Messages (not changes) up to `last_message_id`. */
  countable_total: number;
  read_message_id: number;
  /** Messages up to `read_message_id`. */
  read_total: number;
  /** How far the user's devices have got. */
  delivered_message_id: number;
  /** Numbers of entries of this delivery that mention the user. */
  mentioned_in: number[];
  /** The newest entries that the inbox is not known to have, oldest first, at most 20; empty for one who is no member. */
  entries: Message[];
  /** When the user's own last message in this stretch of the log was stored: a draft older than that has been sent. */
  own_message_at: number | null;
  /** The user's devices with a fresh socket in this conversation, and when each was last heard. */
  here: { device_id: string; heard_at: number }[];
  /** Time of the last entry, or of the creation. */
  updated_at: number;
  /** Missing: a member like any, of whom nobody ever asked anything. */
  consent?: Consent;
}

export interface Delivered {
  /** False: told to sockets only, or not at all; the conversation keeps it in mind. */
  stored: boolean;
  /** A device of the user that is not in this conversation has a fresh inbox socket. */
  live_elsewhere: boolean;
  /** False: the user has turned read receipts off. */
  read_receipts: boolean;
  /** Of what log the row speaks, and how far: more than the conversation holds means that it was restored. */
  row?: { epoch: string; last_message_id: number };
}

export interface UserInboxApi extends Rpc.DurableObjectBranded {
  /** The upgrade of the inbox socket, with the proof in its headers: what `authenticate` answers instead of a session comes as a refusal. */
  fetch(request: Request): Promise<Response>;
  deliver(delivery: Delivery): Promise<Delivered>;
  /** `state`: those that wait for an answer instead. */
  list(cursor: string, limit: number, state?: UnansweredState): Promise<Outcome<ConversationList>>;
  /** What moved since a cursor; an unknown one is `bad_request`. */
  changes(cursor: string, limit: number): Promise<Outcome<InboxPage>>;
  changeSettings(conversationId: string, settings: SettingsBody): Promise<Outcome<ConversationRow>>;
  putDraft(conversationId: string, draft: DraftBody): Promise<Outcome<Draft>>;

  /** Is the credential good, as of now? A use as a socket registers its device, and counts against the rate of upgrades. */
  authenticate(proof: Proof, use: Use): Promise<Outcome<Authenticated>>;
  createSession(record: SessionRecord): Promise<void>;
  /** One from when D1 had them. False: it was ended here. */
  takeLegacySession(record: SessionRecord): Promise<boolean>;
  /** Null: unknown or ended. */
  findSession(by: SessionKey): Promise<SessionRecord | null>;
  listSessions(): Promise<SessionRecord[]>;
  prolongSession(tokenHash: string, expiresAt: number): Promise<SessionRecord | null>;
  /**
   * No use of it is good any more when this answers. Its sockets close, here and in the user's conversations, and its
   * devices' push addresses are forgotten. `expiresAt`: the end of a JWT. Repeating it does no harm.
   */
  endSession(sessionId: string, expiresAt?: number): Promise<Outcome<null>>;
  /** The same for all that were signed in to here, but one. */
  endOtherSessions(except: SessionKey | null): Promise<void>;

  /** A device is used: registers it when it is new, `rate_limited` when too many are. No session ends by that. */
  touchDevice(use: DeviceUse, deviceId: string): Promise<Outcome<null>>;
  devices(sessionId: string): Promise<Device[]>;
  putDevice(use: DeviceUse, deviceId: string, body: PutDeviceBody): Promise<Outcome<Device>>;
  /** The session that last used it ends with it. */
  deleteDevice(deviceId: string): Promise<Outcome<{ session_id: string | null }>>;
  /** Registers the device too. Whoever had the address, another user as well, has it no longer. */
  putPushAddress(use: DeviceUse, deviceId: string, address: PushAddress): Promise<Outcome<Device>>;
  deletePushAddress(sessionId: string, deviceId: string): Promise<Outcome<Device>>;
  /** Another user has registered what lies there. */
  losePushAddress(place: string): Promise<void>;
  pushAddress(deviceId: string): Promise<Outcome<PushAddress | null>>;

  /** What each job comes to, as of now. */
  planPushes(jobs: PushJob[]): Promise<PushPlan[]>;
  recordPushes(results: PushResult[]): Promise<void>;
  /** The last decisions, three a conversation, newest first. */
  pushLog(): Promise<PushDecision[]>;

  /** The user's choice, as D1 has it; the conversations are told, by alarm if need be. */
  setPrivacy(privacy: PrivacyChoice): Promise<void>;
  /** Who is a contact is told to D1, by alarm if need be. */
  setContact(otherId: string, on: boolean): Promise<Outcome<null>>;
  /** Neither writes to, adds or sees the other from here on (or does again). `unavailable`: kept, but not told everywhere yet. */
  setBlocked(otherId: string, on: boolean): Promise<Outcome<null>>;
  /** This user is about to open a conversation or to add people. @throws when it cannot say */
  mayAdd(question: AddingQuestion): Promise<AddingAnswer>;
  /** Somebody is about to put this user into a conversation. @throws when it cannot say */
  mayBeAdded(question: AddedQuestion): Promise<AddedAnswer>;
  /** What this user was about to open with that one was refused: it costs nothing. */
  giveBack(otherId: string): Promise<void>;
  /** Somebody else shows this user's presence from now on, or no longer. */
  watch(watch: Watch): Promise<PresenceState>;
  unwatch(watcherId: string): Promise<void>;
  /** Somebody whom this user may be watching has come or gone. */
  presenceNews(news: PresenceNews): Promise<Watching>;
}
