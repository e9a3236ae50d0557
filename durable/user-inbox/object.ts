/**
 * The Durable Object of one user, the single writer of what is that user's own: the row of
 * each conversation, tickets, the ending of sessions. It translates events into calls on plain
 * modules. It knows of a conversation what the conversation told it.
 */
import { DurableObject } from 'cloudflare:workers';
import type { ConversationList } from '../../protocol/conversations.ts';
import { TICKET_LIFETIME_MS } from '../../protocol/limits.ts';
import { accept, refuse, type Outcome } from '../../protocol/outcome.ts';
import type { Bindings } from '../bindings.ts';
import { Alarms } from '../kit/alarms.ts';
import { logError, withTimeout } from '../kit/calls.ts';
import { Database } from '../kit/database.ts';
import type { Session } from '../session.ts';
import type { Delivered, Delivery, UserInboxApi } from './api.ts';
import { Endings } from './endings.ts';
import { merge, toRow } from './inbox.ts';
import { InboxStore } from './store.ts';

const CALL_TIMEOUT_MS = 10_000;

export class UserInbox extends DurableObject<Bindings> implements UserInboxApi {
  readonly db: Database;
  readonly #store: InboxStore;
  readonly #alarms: Alarms;
  readonly #endings: Endings;
  #version: number;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.db = new Database(ctx.storage);
    this.#store = new InboxStore(this.db);
    this.#version = this.#store.version();
    this.#alarms = new Alarms(this.db);
    this.#endings = new Endings({
      store: this.#store,
      closeSockets: (conversationId, sessionId) => {
        const stub = env.CONVERSATION.get(env.CONVERSATION.idFromName(conversationId));
        return withTimeout(stub.closeSockets({ user_id: this.#userId(), session_id: sessionId }), CALL_TIMEOUT_MS, 'closeSockets');
      },
      arm: (at) => this.#alarms.arm(at),
      now: () => Date.now(),
      onError: (error) => logError('ending_failed', error),
    });
    void ctx.blockConcurrencyWhile(() => this.#alarms.restore());
  }

  deliver(delivery: Delivery): Promise<Delivered> {
    const old = this.#store.conversation(delivery.conversation_id);
    const row = merge(old, delivery, this.#version + 1);
    if (row !== null) {
      this.#store.putConversation(row);
      this.#version += 1;
    }
    return Promise.resolve({ stored: true, live_elsewhere: false });
  }

  list(cursor: string | undefined, limit: number): Promise<Outcome<ConversationList>> {
    const below = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor);
    if (!Number.isSafeInteger(below) || below < 0) return Promise.resolve(refuse('bad_request', 'cursor: not one of ours'));
    const rows = this.#store.memberRowsBelow(below, limit + 1);
    const page = rows.slice(0, limit);
    const has_more = rows.length > limit;
    return Promise.resolve(accept({ conversations: page.map(toRow), cursor: has_more ? String(page.at(-1)!.activity) : null, has_more }));
  }

  issueTicket(session: Session): Promise<string> {
    const ticket = `${session.user_id}.${crypto.randomUUID()}`;
    const now = Date.now();
    const record = { session_id: session.session_id, session_expires_at: session.expires_at, expires_at: now + TICKET_LIFETIME_MS };
    this.#store.putTicket(ticket, record, now);
    return Promise.resolve(ticket);
  }

  consumeTicket(ticket: string): Promise<Session | null> {
    const record = this.#store.takeTicket(ticket);
    if (record === undefined || record.expires_at <= Date.now()) return Promise.resolve(null);
    return Promise.resolve({ user_id: this.#userId(), session_id: record.session_id, expires_at: record.session_expires_at });
  }

  endSession(sessionId: string): Promise<void> {
    return this.#endings.end(sessionId);
  }

  override async alarm(): Promise<void> {
    this.#alarms.rang();
    try {
      await this.#endings.go();
    } catch (error) {
      logError('alarm_failed', error);
    }
    const next = this.#endings.nextAt();
    this.#alarms.arm(next === null ? null : Math.max(next, Date.now() + 1_000));
  }

  #userId(): string {
    const { name } = this.ctx.id;
    if (name === undefined) throw new Error('a user inbox is reached by the name of its user');
    return name;
  }
}
