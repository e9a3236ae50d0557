/**
 * The conversation socket and the HTTP routes the client uses, as the contract describes them, for any
 * transport. One conversation. What goes wrong on purpose is decided by `mood`.
 */
import type { ClientFrame, LogFrame } from '../../../protocol/client-frames.ts';
import type { Refusal } from '../../../protocol/errors.ts';
import { ERRORS, problem } from '../../../protocol/errors.ts';
import type { Message } from '../../../protocol/message.ts';
import type { Member, Receipt, ServerFrame } from '../../../protocol/server-frames.ts';
import { FakeLog } from './log.ts';

export interface ServerSocket {
  send(text: string): void;
  close(code: number, reason: string): void;
}

export interface Mood {
  /** A refusal of this frame for no fault of its own. */
  refusal(frame: LogFrame): Refusal | null;
  /** A refusal of this request. */
  httpRefusal(): Refusal | null;
  /** Entries in a hello and in a page, at most. */
  helloMax: number;
  pageMax: number;
}

export const GOOD_MOOD: Mood = { refusal: () => null, httpRefusal: () => null, helloMax: 200, pageMax: 500 };

export interface Peer {
  userId: string;
  socket: ServerSocket;
  /** The send that has to come first. */
  held: { globalId: string; refusal: Refusal } | null;
}

/** One open socket as its server sees it. */
export interface Session {
  hear(text: string): void;
  leave(): void;
}

/** Whatever a network leads to. */
export interface Service {
  request(method: string, url: URL, asked: Asked): HttpAnswer;
  /** A refused upgrade is an HTTP answer. `cookie`: the user whose session the browser's cookie is. */
  open(url: URL, socket: ServerSocket, cookie?: string): Session | HttpAnswer;
}

/** A request as it comes in, past its address. */
export interface Asked {
  /** The user whose credential it bears; empty: nobody's. */
  userId: string;
  /** The user it is meant for (`natter-user`). */
  meantFor?: string | undefined;
  body?: string | undefined;
}

export interface HttpAnswer {
  status: number;
  body: unknown;
}

export class FakeServer implements Service {
  readonly log: FakeLog;
  readonly peers = new Set<Peer>();
  /** Every log frame that arrived, in order: what tests count. */
  readonly received: { at: number; userId: string; frame: LogFrame; refusal: Refusal | null }[] = [];
  /** Every request, and where each socket wanted to go on: what tests count. */
  readonly requests: string[] = [];
  readonly greeted: number[] = [];
  readonly receipts = new Map<string, Receipt>();
  members: Member[];
  mood: Mood;
  /** Something the members' inboxes have to know. */
  onMoved: () => void = () => {};
  /** Off: a server from before requests named the user they are meant for. */
  knowsUsers = true;
  #tickets = new Map<string, string>();
  readonly #now: () => number;

  constructor(id: string, userIds: string[], now: () => number, mood: Mood = GOOD_MOOD, duplicateRange?: number) {
    this.log = new FakeLog(id, duplicateRange);
    this.members = userIds.map((user_id) => ({ user_id, role: 'member', joined_message_id: 0 }));
    this.#now = now;
    this.mood = mood;
  }

  isMember(userId: string): boolean {
    return this.members.some((member) => member.user_id === userId);
  }

  open(url: URL, socket: ServerSocket, cookie?: string): Session | HttpAnswer {
    const admitted = this.#admit(url, cookie);
    return 'status' in admitted ? admitted : this.session(admitted.userId, Number(url.searchParams.get('after_message_id')), socket);
  }

  session(userId: string, after: number, socket: ServerSocket): Session {
    const peer = this.connect(userId, after, socket);
    return {
      hear: (text) => this.peers.has(peer) && this.hear(peer, text),
      leave: () => this.disconnect(peer),
    };
  }

  #admit(url: URL, cookie?: string): { userId: string } | HttpAnswer {
    const ticket = url.searchParams.get('ticket') ?? '';
    const userId = this.#tickets.get(ticket) ?? cookie;
    this.#tickets.delete(ticket);
    if (userId === undefined || userId === '') return refusal({ code: 'unauthenticated', detail: 'no such ticket' });
    const mistaken = this.knowsUsers ? mistakenFor(url.searchParams.get('user') ?? undefined, userId) : null;
    if (mistaken) return mistaken;
    return this.isMember(userId) ? { userId } : refusal({ code: 'not_found', detail: 'no such conversation' });
  }

  connect(userId: string, after: number, socket: ServerSocket): Peer {
    const peer: Peer = { userId, socket, held: null };
    this.greeted.push(after);
    const { messages, has_more } = this.log.sync(after, this.mood.helloMax);
    const hello: ServerFrame = {
      op: 'hello',
      user_id: userId,
      conversation_id: this.log.id,
      epoch: this.log.epoch,
      last_message_id: this.log.head,
      from_message_id: after + 1,
      has_more,
      role: 'member',
      members: this.members,
      receipts: [...this.receipts.values()],
    };
    this.#say(peer, [hello, ...messages.map((message): ServerFrame => ({ op: 'message', message }))]);
    this.peers.add(peer);
    return peer;
  }

  disconnect(peer: Peer): void {
    this.peers.delete(peer);
  }

  /** Closes every socket: a deploy (1012) or a crash (1006). */
  restart(code: number, reason: string): void {
    for (const peer of [...this.peers]) {
      this.peers.delete(peer);
      peer.socket.close(code, reason);
    }
  }

  hear(peer: Peer, text: string): void {
    if (text === 'ping') return peer.socket.send('pong');
    const parsed = JSON.parse(text) as ClientFrame | ClientFrame[];
    for (const frame of Array.isArray(parsed) ? parsed : [parsed]) this.#onFrame(peer, frame);
  }

  /** What no client does: somebody joins, the title changes. */
  happen(entry: Omit<Message, 'message_id' | 'conversation_id' | 'timestamp'>): void {
    const message = this.log.append(entry, this.#now());
    this.broadcast({ op: 'message', message });
    this.onMoved();
  }

  broadcast(frame: ServerFrame, except?: Peer): void {
    for (const peer of this.peers) if (peer !== except) this.#say(peer, [frame]);
  }

  request(method: string, url: URL, { userId, meantFor, body }: Asked): HttpAnswer {
    this.requests.push(`${method} ${url.pathname}${url.search}`);
    if (userId === '') return refusal({ code: 'unauthenticated', detail: 'sign in first' });
    const mistaken = this.knowsUsers ? mistakenFor(meantFor, userId) : null;
    if (mistaken) return mistaken;
    const moody = this.mood.httpRefusal();
    if (moody) return refusal(moody);
    const number = (name: string) => (url.searchParams.has(name) ? Number(url.searchParams.get(name)) : undefined);
    switch (`${method} ${url.pathname.replace(this.log.id, ':id')}`) {
      case 'GET /v1/me':
        return ok({ user_id: userId });
      case 'POST /v1/tickets': {
        const ticket = `ticket-${this.#tickets.size}-${this.#now()}-${userId}`;
        this.#tickets.set(ticket, userId);
        return ok({ ticket, expires_in: 30 });
      }
      default:
    }
    if (!this.isMember(userId)) return refusal({ code: 'not_found', detail: 'no such conversation' });
    switch (`${method} ${url.pathname.replace(this.log.id, ':id')}`) {
      case 'GET /v1/conversations/:id':
        return ok({ conversation_id: this.log.id });
      case 'GET /v1/conversations/:id/messages':
        return ok(
          this.log.history(number('before'), Math.min(number('limit') ?? 50, this.mood.pageMax), url.searchParams.get('events') === 'true'),
        );
      case 'GET /v1/messages/sync':
        return ok(this.log.sync(number('after_message_id') ?? 0, Math.min(number('limit') ?? 500, this.mood.pageMax)));
      case 'PUT /v1/conversations/:id/read':
        this.reach(userId, 'read', (JSON.parse(body ?? '{}') as { message_id: number }).message_id);
        return { status: 204, body: undefined };
      default:
        return refusal({ code: 'not_found', detail: `no such route: ${method} ${url.pathname}` });
    }
  }

  /** Only forward, and never past the end. */
  reach(userId: string, what: 'delivered' | 'read', messageId: number): void {
    const before = this.receipts.get(userId) ?? { user_id: userId, delivered: 0, read: 0 };
    const next = { ...before, [what]: Math.max(before[what], Math.min(messageId, this.log.head)) };
    this.receipts.set(userId, next);
    this.broadcast({ op: 'receipts', receipts: [next] });
    this.onMoved();
  }

  /** The object's memory is lost; what it has stored and its sockets are not. */
  evict(): void {
    for (const peer of this.peers) peer.held = null;
  }

  #onFrame(peer: Peer, frame: ClientFrame): void {
    switch (frame.op) {
      case 'delivered':
      case 'read':
        return this.reach(peer.userId, frame.op, frame.message_id);
      case 'typing':
        return this.broadcast({ op: 'typing', user_id: peer.userId, on: frame.on }, peer);
      default:
        return this.#submit(peer, frame);
    }
  }

  #submit(peer: Peer, frame: LogFrame): void {
    const outcome = this.log.submit(peer.userId, frame, this.#now(), () => this.#wait(peer, frame));
    this.#hold(peer, frame, outcome.ok ? null : outcome.refusal);
    this.received.push({ at: this.#now(), userId: peer.userId, frame, refusal: outcome.ok ? null : outcome.refusal });
    if (!outcome.ok) return this.#say(peer, [{ op: 'nack', global_id: frame.global_id, ...outcome.refusal }]);
    const { message_id, timestamp, entry } = outcome.value;
    this.#say(peer, [{ op: 'ack', global_id: frame.global_id, message_id, timestamp }]);
    if (entry) this.broadcast({ op: 'message', message: entry }, peer);
    this.onMoved();
  }

  #wait(peer: Peer, frame: LogFrame): Refusal | null {
    if (frame.op === 'send' && peer.held && peer.held.globalId !== frame.global_id) return peer.held.refusal;
    return this.mood.refusal(frame);
  }

  /** Behind a send that was told to wait, every later one waits until that one comes again. */
  #hold(peer: Peer, frame: LogFrame, refusal: Refusal | null): void {
    if (frame.op !== 'send') return;
    const waits = refusal !== null && ERRORS[refusal.code].retry === 'later';
    if (waits) peer.held ??= { globalId: frame.global_id, refusal };
    else if (peer.held?.globalId === frame.global_id) peer.held = null;
  }

  #say(peer: Peer, frames: ServerFrame[]): void {
    peer.socket.send(JSON.stringify(frames.length === 1 ? frames[0] : frames));
  }
}

/** Nothing is done for one user with another's credential. */
export const mistakenFor = (meantFor: string | undefined, userId: string): HttpAnswer | null =>
  meantFor === undefined || meantFor === userId
    ? null
    : refusal({ code: 'conflict', reason: 'other_user', detail: 'This is meant for another user.' });

export const ok = (body: unknown): HttpAnswer => ({ status: 200, body });
export const refusal = (reason: Refusal): HttpAnswer => {
  const body = problem(reason);
  return { status: body.status, body };
};
