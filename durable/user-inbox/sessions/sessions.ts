/**
 * The door: the user's sessions, the truth of who is signed in. Every socket upgrade and every request
 * that changes something is answered here, freshly and from memory. Does not know what a session's end
 * leads to (`onEnded`), nor how devices are kept.
 * Invariant: when the call that ends a session returns, nothing asked afterwards finds it good.
 */
import { SESSION_LIFETIME_MS, UPGRADES_PER_MINUTE } from '../../../protocol/limits.ts';
import { accept, refuse, type Outcome } from '../../../protocol/outcome.ts';
import { fullBucket, scaledRate, takeToken, type Bucket, type Rate } from '../../kit/token-bucket.ts';
import type { Session } from '../../session.ts';
import type { Authenticated, Proof, SessionKey, SessionRecord, Use } from './api.ts';
import type { LegacySessions } from './legacy.ts';
import type { OpenedConversations } from './opened.ts';
import { ENDED_MAX, ENDED_UNKNOWN_MS, isJwtSession, surplus, verdict } from './rules.ts';
import type { SessionStore } from './store.ts';

export interface SessionsDeps {
  store: SessionStore;
  legacy: LegacySessions;
  opened: OpenedConversations;
  userId(): string;
  now(): number;
  rateFactor: number;
  /** Writes down that the device is used; a refusal keeps the socket from opening. */
  registerDevice(session: Session, deviceId: string): Outcome<unknown>;
  /** A device was last used with it. */
  isOnDevice(sessionId: string): boolean;
  /** The row is gone; its sockets and push addresses follow. */
  onEnded(ended: EndedSession): void;
  /** It ran out by itself: its sockets have ended with it. */
  onExpired(sessionId: string): void;
}

export interface EndedSession {
  session_id: string;
  /** Where it has opened sockets lately, the latest first. */
  conversation_ids: string[];
  /** It may have sockets in others too. */
  has_sockets: boolean;
}

const TOO_MANY_ENDED = refuse('rate_limited', 'Too many sessions were ended; wait until some have run out.', { retry_after: 3_600 });

export class Sessions {
  readonly #deps: SessionsDeps;
  readonly #rate: Rate;
  #upgrades: Bucket | null = null;

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
    this.#rate = scaledRate({ burst: UPGRADES_PER_MINUTE, perSecond: UPGRADES_PER_MINUTE / 60 }, deps.rateFactor);
  }

  /** Changes nothing unless the credential is good. */
  authenticate(proof: Proof, use: Use): Outcome<Authenticated> {
    const { store, userId, now } = this.#deps;
    this.expire();
    const facts = {
      userId: userId(),
      record: proof.kind === 'token' ? store.byToken(proof.token_hash) : store.get(proof.session_id),
      isEnded: proof.kind !== 'token' && store.isEnded(proof.session_id),
      isUsed: proof.kind === 'ticket' && store.isUsed(proof.nonce),
      profile: proof.kind === 'jwt' ? store.profile() : null,
    };
    const found = verdict(proof, facts, now());
    if (!found.ok || 'profile' in found.value) return found;
    const { session, renewed } = found.value;
    if (use.kind === 'socket') {
      const admitted = this.#admit(session, use.device_id, use.conversation_id);
      if (!admitted.ok) return admitted;
    }
    if (facts.record !== undefined) this.#used(facts.record, use, renewed);
    if (proof.kind === 'ticket') store.putUsed(proof.nonce, proof.expires_at, now());
    if (proof.kind === 'jwt' && proof.profile.state === 'kept' && facts.profile !== proof.profile.hash)
      store.putProfile(proof.profile.hash);
    return found;
  }

  create(record: SessionRecord): void {
    const { store, isOnDevice } = this.#deps;
    this.expire();
    for (const { session_id } of surplus(store.all(), (id) => isOnDevice(id))) this.end(session_id);
    store.put(record);
  }

  find(by: SessionKey): SessionRecord | null {
    const { store } = this.#deps;
    this.expire();
    return ('token_hash' in by ? store.byToken(by.token_hash) : store.get(by.session_id)) ?? null;
  }

  list(): SessionRecord[] {
    this.expire();
    return [...this.#deps.store.all()];
  }

  /** Its end is set anew; null when it has ended meanwhile. */
  prolong(tokenHash: string, expiresAt: number): SessionRecord | null {
    const { store, now } = this.#deps;
    const record = this.find({ token_hash: tokenHash });
    if (record === null) return null;
    const prolonged = { ...record, updated_at: now(), expires_at: Math.min(expiresAt, now() + SESSION_LIFETIME_MS) };
    store.put(prolonged);
    return prolonged;
  }

  /** Repeating it does no harm. `expiresAt`: the end of a JWT, where it is known. */
  end(sessionId: string, expiresAt?: number): Outcome<null> {
    const { store, legacy, opened, now, onEnded } = this.#deps;
    const record = store.get(sessionId);
    if (isJwtSession(sessionId)) {
      if (!store.isEnded(sessionId) && store.countEnded(now()) >= ENDED_MAX) return TOO_MANY_ENDED;
      store.putEnded(sessionId, expiresAt ?? now() + ENDED_UNKNOWN_MS);
    } else {
      legacy.ended(sessionId, record !== undefined, now());
      store.delete(sessionId);
    }
    onEnded({ session_id: sessionId, conversation_ids: opened.take(sessionId), has_sockets: record?.has_sockets !== 0 });
    return accept(null);
  }

  /** All of ours, but one. */
  endOthers(except: SessionKey | null): void {
    const { store, legacy, now } = this.#deps;
    const kept = except === null ? null : this.find(except);
    legacy.endedAll(now());
    for (const { session_id } of store.all()) if (session_id !== kept?.session_id) this.end(session_id);
  }

  expire(): void {
    const { store, now, onExpired } = this.#deps;
    for (const { session_id, expires_at } of store.all()) {
      if (expires_at > now()) continue;
      store.delete(session_id);
      onExpired(session_id);
    }
  }

  #used(record: SessionRecord, use: Use, renewed: boolean): void {
    const { store, now } = this.#deps;
    const opens = use.kind === 'socket' && record.has_sockets === 0;
    if (!renewed && !opens) return;
    const end = renewed ? { updated_at: now(), expires_at: now() + SESSION_LIFETIME_MS } : {};
    store.put({ ...record, ...end, has_sockets: opens ? 1 : record.has_sockets });
  }

  #admit(session: Session, deviceId: string, conversationId: string | null): Outcome<unknown> {
    const { now, registerDevice, opened } = this.#deps;
    this.#upgrades ??= fullBucket(this.#rate, now());
    const wait = takeToken(this.#upgrades, this.#rate, now());
    if (wait > 0) return refuse('rate_limited', 'Too many sockets were opened in this minute.', { retry_after: wait });
    const registered = registerDevice(session, deviceId);
    if (registered.ok && conversationId !== null) opened.note(session.session_id, deviceId, conversationId);
    return registered;
  }
}
