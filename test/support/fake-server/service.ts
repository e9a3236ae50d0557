/** The whole service for a test: several conversations, an inbox per user, and the way between them, which takes its time. */
import type { DraftBody, SettingsBody } from '../../../protocol/inbox.ts';
import type { VirtualClock } from '../client-clock.ts';
import type { Chance } from '../client-random.ts';
import { FakeInbox, type InboxMood } from './inbox.ts';
import {
  FakeServer,
  mistakenFor,
  ok,
  refusal,
  type Asked,
  type HttpAnswer,
  type Mood,
  type ServerSocket,
  type Service,
  type Session,
} from './server.ts';

/** From a conversation to an inbox, at most. */
const FANOUT_MS = 250;

export class FakeService implements Service {
  readonly conversations: ReadonlyMap<string, FakeServer>;
  readonly inboxes: ReadonlyMap<string, FakeInbox>;
  /** Every request: what tests count. */
  readonly requests: string[] = [];
  /** The users that requests and upgrades were carried out for. */
  readonly served: string[] = [];
  #knowsUsers = true;
  readonly #clock: VirtualClock;
  readonly #chance: Chance;
  readonly #coming = new Set<string>();
  readonly #tickets = new Map<string, string>();

  constructor(ids: readonly string[], userIds: readonly string[], clock: VirtualClock, chance: Chance, mood: Mood, inboxMood: InboxMood) {
    this.#clock = clock;
    this.#chance = chance;
    this.conversations = new Map(ids.map((id) => [id, new FakeServer(id, [...userIds], clock.now, mood)]));
    this.inboxes = new Map(userIds.map((userId) => [userId, new FakeInbox(userId, clock, inboxMood)]));
    for (const conversation of this.conversations.values()) {
      conversation.onMoved = () => this.#fanOut(conversation);
      this.#fanOut(conversation);
    }
    for (const inbox of this.inboxes.values()) {
      inbox.onDelivered = (id, messageId) => this.conversations.get(id)?.reach(inbox.userId, 'delivered', messageId);
    }
  }

  set mood(mood: Mood) {
    for (const conversation of this.conversations.values()) conversation.mood = mood;
  }

  /** Off: a server from before requests named the user they are meant for. */
  set knowsUsers(on: boolean) {
    this.#knowsUsers = on;
    for (const conversation of this.conversations.values()) conversation.knowsUsers = on;
  }

  request(method: string, url: URL, asked: Asked): HttpAnswer {
    const { userId, meantFor, body } = asked;
    this.requests.push(`${method} ${url.pathname}${url.search}`);
    if (userId === '') return refusal({ code: 'unauthenticated', detail: 'sign in first' });
    const mistaken = this.#knowsUsers ? mistakenFor(meantFor, userId) : null;
    if (mistaken) return mistaken;
    this.served.push(`${userId} ${method} ${url.pathname}`);
    const id = url.searchParams.get('conversation_id') ?? /conversations\/([^/]+)/.exec(url.pathname)?.[1];
    const conversation = this.conversations.get(id ?? '') ?? [...this.conversations.values()][0]!;
    const inbox = this.inboxes.get(userId);
    const moody = conversation.mood.httpRefusal();
    if (moody) return refusal(moody);
    const parsed: unknown = body === undefined ? undefined : JSON.parse(body);
    switch (`${method} ${url.pathname.replace(id ?? ' ', ':id')}`) {
      case 'POST /v1/tickets': {
        const ticket = `ticket-${this.requests.length}`;
        this.#tickets.set(ticket, userId);
        return ok({ ticket, expires_in: 30 });
      }
      case 'GET /v1/inbox': {
        const cursor = url.searchParams.get('cursor') ?? '';
        if (inbox && Number.parseInt(cursor, 10) > inbox.version)
          return refusal({ code: 'bad_request', detail: 'cursor: not one of ours' });
        return inbox ? ok(inbox.page(cursor === '' ? '0' : cursor, Number(url.searchParams.get('limit') ?? 50))) : NOT_FOUND;
      }
      case 'PATCH /v1/conversations/:id/settings':
        return found(inbox?.change(id ?? '', parsed as SettingsBody));
      case 'PUT /v1/conversations/:id/draft':
        return found(inbox?.putDraft(id ?? '', parsed as DraftBody));
      default:
        return conversation.request(method, url, asked);
    }
  }

  open(url: URL, socket: ServerSocket, cookie?: string): Session | HttpAnswer {
    const ticket = url.searchParams.get('ticket') ?? '';
    const userId = this.#tickets.get(ticket) ?? cookie;
    this.#tickets.delete(ticket);
    if (userId === undefined || userId === '') return refusal({ code: 'unauthenticated', detail: 'no such ticket' });
    const mistaken = this.#knowsUsers ? mistakenFor(url.searchParams.get('user') ?? undefined, userId) : null;
    if (mistaken) return mistaken;
    this.served.push(`${userId} SOCKET ${url.pathname}`);
    if (url.pathname === '/v1/inbox/socket') {
      const inbox = this.inboxes.get(userId)!;
      const session = inbox.open(url.searchParams.get('device_id') ?? '', url.searchParams.get('cursor') ?? '', socket);
      // What the rows do not say yet is asked of the conversations.
      for (const conversation of this.conversations.values()) if (conversation.isMember(userId)) inbox.deliver(conversation);
      return session;
    }
    const conversation = this.conversations.get(/conversations\/([^/]+)/.exec(url.pathname)?.[1] ?? '');
    if (!conversation?.isMember(userId)) return NOT_FOUND;
    return conversation.session(userId, Number(url.searchParams.get('after_message_id')), socket);
  }

  /** Everybody's sockets at once. */
  deploy(code: number, reason: string): void {
    for (const object of [...this.conversations.values(), ...this.inboxes.values()]) object.restart(code, reason);
  }

  remove(conversation: FakeServer, userId: string): void {
    conversation.members = conversation.members.filter((member) => member.user_id !== userId);
    for (const peer of [...conversation.peers]) {
      if (peer.userId !== userId) continue;
      conversation.peers.delete(peer);
      peer.socket.close(4403, '');
    }
    this.inboxes.get(userId)?.remove(conversation.log.id);
  }

  rejoin(conversation: FakeServer, userId: string): void {
    conversation.members = [...conversation.members, { user_id: userId, role: 'member', joined_message_id: conversation.log.head }];
    this.inboxes.get(userId)?.rejoin(conversation);
  }

  #fanOut(conversation: FakeServer): void {
    for (const { user_id } of conversation.members) {
      const way = `${conversation.log.id} ${user_id}`;
      if (this.#coming.has(way)) continue;
      this.#coming.add(way);
      this.#clock.setTimer(
        () => {
          this.#coming.delete(way);
          if (conversation.isMember(user_id)) this.inboxes.get(user_id)?.deliver(conversation);
        },
        this.#chance.between(0, FANOUT_MS),
      );
    }
  }
}

const NOT_FOUND = refusal({ code: 'not_found', detail: 'no such conversation' });
const found = (body: object | null | undefined): HttpAnswer => (body ? ok(body) : NOT_FOUND);
