/**
 * The Durable Object of one user, the single writer of what is that user's own: the row of each
 * conversation, sessions, devices, presence, notifications. It translates the platform's events into
 * calls on plain modules and decides nothing. It knows of a conversation what the conversation told it.
 */
import { DurableObject } from 'cloudflare:workers';
import type { ConversationList, ConversationRow, UnansweredState } from '../../protocol/conversations.ts';
import type { Device, PushAddress, PushDecision, PutDeviceBody } from '../../protocol/devices.ts';
import type { Draft, DraftBody, InboxPage, SettingsBody } from '../../protocol/inbox.ts';
import { PAGE_MAX } from '../../protocol/limits.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { PrivacyChoice } from '../../protocol/reach.ts';
import type { Bindings } from '../bindings.ts';
import { Alarms } from '../kit/alarms.ts';
import { logError } from '../kit/calls.ts';
import { Database } from '../kit/database.ts';
import type { Delivered, Delivery, UserInboxApi } from './api.ts';
import { assemble, deliver, nextAlarmAt, ring, setPrivacy, type Assembly } from './assembly.ts';
import type { DeviceUse } from './devices/devices.ts';
import { cloudflare } from './platform.ts';
import type { PresenceNews, PresenceState, Watch, Watching } from './presence-api.ts';
import type { PushJob, PushPlan, PushResult } from './push-api.ts';
import type { AddedAnswer, AddedQuestion, AddingAnswer, AddingQuestion } from './reach/api.ts';
import { changeOwn, changeSettings, changes, list } from './reading.ts';
import type { Authenticated, Proof, SessionKey, SessionRecord, Use } from './sessions/api.ts';
import { claimFromHeaders } from './sessions/claim.ts';
import { removeDevice } from './sessions/open.ts';

export class UserInbox extends DurableObject<Bindings> implements UserInboxApi {
  readonly db: Database;
  readonly #alarms: Alarms;
  readonly #open: Assembly;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.db = new Database(ctx.storage);
    this.#alarms = new Alarms(this.db);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
    this.#open = assemble(cloudflare(ctx, env, this.db, this.#alarms));
    void ctx.blockConcurrencyWhile(async () => {
      await this.#alarms.restore();
      this.#alarms.resume(() => nextAlarmAt(this.#open), onAlarmError);
    });
  }

  deliver(delivery: Delivery): Promise<Delivered> {
    return deliver(this.#open, delivery);
  }

  list(cursor: string, limit: number, state?: UnansweredState): Promise<Outcome<ConversationList>> {
    return list(this.#open, cursor, limit, state);
  }

  changes(cursor: string, limit: number): Promise<Outcome<InboxPage>> {
    return changes(this.#open, cursor, limit);
  }

  changeSettings(conversationId: string, settings: SettingsBody): Promise<Outcome<ConversationRow>> {
    return changeSettings(this.#open, conversationId, settings);
  }

  putDraft(conversationId: string, draft: DraftBody): Promise<Outcome<Draft>> {
    return changeOwn(this.#open, conversationId, (row) => this.#open.rows.putDraft(row, draft));
  }

  authenticate(proof: Proof, use: Use): Promise<Outcome<Authenticated>> {
    return reply(this.#open.sessions.authenticate(proof, use));
  }

  createSession(record: SessionRecord): Promise<void> {
    return reply(this.#open.sessions.create(record));
  }

  takeLegacySession(record: SessionRecord): Promise<boolean> {
    return reply(this.#open.platform.legacySessions.take(record));
  }

  findSession(by: SessionKey): Promise<SessionRecord | null> {
    return reply(this.#open.sessions.find(by));
  }

  listSessions(): Promise<SessionRecord[]> {
    return reply(this.#open.sessions.list());
  }

  prolongSession(tokenHash: string, expiresAt: number): Promise<SessionRecord | null> {
    return reply(this.#open.sessions.prolong(tokenHash, expiresAt));
  }

  endSession(sessionId: string, expiresAt?: number): Promise<Outcome<null>> {
    return reply(this.#open.sessions.end(sessionId, expiresAt));
  }

  endOtherSessions(except: SessionKey | null): Promise<void> {
    return reply(this.#open.sessions.endOthers(except));
  }

  touchDevice(use: DeviceUse, deviceId: string): Promise<Outcome<null>> {
    return reply(this.#open.devices.touch(use, deviceId));
  }

  devices(sessionId: string): Promise<Device[]> {
    return reply(this.#open.devices.list(sessionId));
  }

  putDevice(use: DeviceUse, deviceId: string, body: PutDeviceBody): Promise<Outcome<Device>> {
    return reply(this.#open.devices.put(use, deviceId, body));
  }

  deleteDevice(deviceId: string): Promise<Outcome<{ session_id: string | null }>> {
    return reply(removeDevice(this.#open, deviceId));
  }

  putPushAddress(use: DeviceUse, deviceId: string, address: PushAddress): Promise<Outcome<Device>> {
    return this.#open.pushAddresses.put(use, deviceId, address);
  }

  deletePushAddress(sessionId: string, deviceId: string): Promise<Outcome<Device>> {
    return reply(this.#open.pushAddresses.delete(sessionId, deviceId));
  }

  losePushAddress(place: string): Promise<void> {
    return reply(this.#open.pushAddresses.lose(place));
  }

  pushAddress(deviceId: string): Promise<Outcome<PushAddress | null>> {
    return reply(this.#open.pushAddresses.of(deviceId));
  }

  planPushes(jobs: PushJob[]): Promise<PushPlan[]> {
    this.#open.sessions.expire();
    return this.#open.pushes.plan(jobs);
  }

  recordPushes(results: PushResult[]): Promise<void> {
    return reply(this.#open.pushes.record(results));
  }

  pushLog(): Promise<PushDecision[]> {
    return reply(this.#open.pushes.log());
  }

  setPrivacy(privacy: PrivacyChoice): Promise<void> {
    return setPrivacy(this.#open, privacy);
  }

  setContact(otherId: string, on: boolean): Promise<Outcome<null>> {
    return this.#open.reach.setContact(otherId, on);
  }

  setBlocked(otherId: string, on: boolean): Promise<Outcome<null>> {
    return this.#open.reach.setBlocked(otherId, on);
  }

  mayAdd(question: AddingQuestion): Promise<AddingAnswer> {
    return this.#open.reach.mayAdd(question);
  }

  mayBeAdded(question: AddedQuestion): Promise<AddedAnswer> {
    return this.#open.reach.mayBeAdded(question);
  }

  giveBack(otherId: string): Promise<void> {
    return this.#open.reach.giveBack(otherId);
  }

  watch(watch: Watch): Promise<PresenceState> {
    return reply(this.#open.presence.watchedBy(watch));
  }

  unwatch(watcherId: string): Promise<void> {
    return reply(this.#open.presence.unwatchedBy(watcherId));
  }

  presenceNews(news: PresenceNews): Promise<Watching> {
    return reply(this.#open.presence.news(news));
  }

  /** A socket upgrade. The Worker has found out who it claims to be. */
  override fetch(request: Request): Promise<Response> {
    const { proof, device_id } = claimFromHeaders(request.headers);
    const found = this.#open.sessions.authenticate(proof, { kind: 'socket', device_id, conversation_id: null });
    if (!found.ok || 'profile' in found.value) return reply(Response.json(found));
    const origin = { ...found.value.session, device_id };
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    const { searchParams } = new URL(request.url);
    const limit = Number(searchParams.get('limit') ?? PAGE_MAX);
    const caughtUp = this.#open.sockets.open(server, origin, searchParams.get('cursor') ?? '', limit);
    this.ctx.waitUntil(caughtUp);
    return reply(new Response(null, { status: 101, webSocket: client }));
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    try {
      this.#open.sockets.receive(socket, data);
    } catch (error) {
      const errorId = crypto.randomUUID();
      logError('frame_failed', error, { error_id: errorId });
      socket.send(JSON.stringify({ op: 'error', code: 'internal', detail: `logged as ${errorId}` }));
    }
  }

  /** The platform leaves the closing handshake to us; 1005 and 1006 cannot be sent. */
  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    this.#open.connections.drop(socket);
    try {
      socket.close(code === 1005 || code === 1006 ? 1000 : code, reason);
    } catch {
      // It is closed already.
    }
  }

  override webSocketError(socket: WebSocket): void {
    this.#open.connections.drop(socket);
  }

  override async alarm(): Promise<void> {
    await this.#alarms.ring(
      () => ring(this.#open),
      () => Date.now(),
      onAlarmError,
    );
  }
}

const onAlarmError = (error: unknown): void => logError('alarm_failed', error);

/** The methods are synchronous inside: what they write is stored before their answer leaves. */
const reply = <T>(value: T): Promise<T> => Promise.resolve(value);
