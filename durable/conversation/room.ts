/**
 * A conversation that exists, awake: the way a frame takes from decoding to broadcast, and the
 * changes of membership and title. From the first read of a batch to its broadcast there is no
 * `await`. It knows no platform: sockets, storage, time and the other objects are handed in.
 */
import type { ClientFrame, LogFrame } from '../../protocol/client-frames.ts';
import type { Conversation, PatchConversationBody } from '../../protocol/conversations.ts';
import { CLOSE, ERRORS, type Refusal } from '../../protocol/errors.ts';
import { SEND_BURST, SEND_RATE_PER_SECOND } from '../../protocol/limits.ts';
import type { MembershipChange } from '../../protocol/message.ts';
import { accept, refuse, type Outcome } from '../../protocol/outcome.ts';
import { RateLimiter, scaledRate } from '../kit/token-bucket.ts';
import type { Pairing, Submitted } from './api.ts';
import { Floods, type Excess } from '../kit/floods.ts';
import { broadcastBatch, type SocketSubmission } from './broadcast.ts';
import type { Connection, Connections } from './connections.ts';
import { isPending } from './consent/request.ts';
import { arrayFrame, messageFrame, messageJson } from './entry.ts';
import { Gather } from './gather.ts';
import * as membership from './membership.ts';
import type { Outbox } from './outbox.ts';
import type { Progress } from './progress.ts';
import type { EntryRecord } from './schema.ts';
import type { Signals } from './signals.ts';
import type { LogWriter, Written } from './writer.ts';

export interface RoomDeps {
  /** Who is waited for. */
  invited(): string[];
  writer: LogWriter;
  progress: Progress;
  connections: Connections;
  outbox: Outbox;
  signals: Signals;
  rateFactor: number;
  /** Who was asked to accept the conversation has written. */
  answered(): void;
  onRefused(refusal: Refusal): void;
  now(): number;
  /** `setTimeout(0)`. */
  soon(callback: () => void): void;
}

/** `excess`: why it counts towards a flood though it may be answered; null: within all rates, so far. */
interface RoomSubmission extends SocketSubmission {
  excess: Excess | null;
}

export class Room {
  readonly #deps: RoomDeps;
  readonly #floods: Floods<object>;
  /** Stands for all sockets of a user. */
  readonly #users = new Map<string, object>();
  /** By user: all devices and HTTP together. */
  readonly #limiter: RateLimiter<string>;
  readonly #gather: Gather<RoomSubmission>;

  constructor(deps: RoomDeps) {
    this.#deps = deps;
    this.#floods = new Floods(deps.rateFactor);
    this.#limiter = new RateLimiter(scaledRate({ burst: SEND_BURST, perSecond: SEND_RATE_PER_SECOND }, deps.rateFactor));
    this.#gather = new Gather((batch) => this.#commit(batch), deps.soon);
  }

  /** Frames of one socket, in order. */
  receive(from: Connection, frames: readonly ClientFrame[]): void {
    const submissions: RoomSubmission[] = [];
    for (const frame of frames) {
      if (isLogFrame(frame)) submissions.push(this.#submission(from.userId, frame, from));
      else if (!this.#deps.signals.receive(from, frame)) this.#exceeds(from, 'refused');
    }
    if (submissions.length > 0) this.#gather.push(submissions);
  }

  /** One frame by HTTP. */
  submit(userId: string, frame: LogFrame): Outcome<Submitted> {
    this.#gather.flush();
    const [written] = this.#commit([this.#submission(userId, frame, null)]);
    const { decision } = written!;
    if (decision.kind === 'refuse') return { ok: false, refusal: decision.refusal };
    const { message_id, timestamp } = decision.kind === 'append' ? decision.entry : decision;
    return accept({ message_id, timestamp, repeated: decision.kind === 'repeat' });
  }

  /** Commits what waits: before anything else looks at the log. */
  flush(): void {
    this.#gather.flush();
  }

  /** Those who were asked while the conversation was made. `also` belongs to the same transaction. */
  found(userIds: readonly string[], also: () => void): void {
    const { writer, progress } = this.#deps;
    writer.found(userIds, () => {
      also();
      progress.membersChanging(NOBODY);
    });
    progress.membersChanged(NOBODY);
  }

  /** `also` belongs to the same transaction, when there is something to change. */
  changeMembers(
    actorId: string,
    decideOn: (roster: membership.Roster) => Outcome<MembershipChange[]>,
    also: () => void = () => undefined,
  ): Outcome<MembershipChange[]> {
    this.flush();
    const { writer, progress, connections, now } = this.#deps;
    const decision = decideOn({ kind: writer.record.kind, members: [...writer.members.values()] });
    if (!decision.ok) return decision;
    if (decision.value.length === 0) return decision;
    const leaving = new Set(decision.value.filter(({ action }) => action === 'removed' || action === 'left').map(({ user_id }) => user_id));
    const moves = decision.value.some(({ action }) => action !== 'role');
    const entries = writer.changeMembers(actorId, decision.value, now(), () => {
      also();
      if (moves) progress.membersChanging(leaving);
    });
    if (moves) progress.membersChanged(leaving);
    this.#announce(entries);
    connections.closeWhere(({ userId }) => leaving.has(userId), CLOSE.not_a_member, 'no longer a member');
    return decision;
  }

  patch(actorId: string, patch: PatchConversationBody): Outcome<Conversation> {
    this.flush();
    const { writer, now } = this.#deps;
    const allowed = membership.mayRename({ kind: writer.record.kind, members: [...writer.members.values()] }, actorId);
    if (!allowed.ok) return allowed;
    const { title, avatar_url } = writer.record;
    const changed =
      (patch.title !== undefined && patch.title !== title) || (patch.avatar_url !== undefined && patch.avatar_url !== avatar_url);
    if (changed) this.#announce([writer.changeDescription(actorId, patch, now())]);
    return this.describe(actorId);
  }

  describe(userId: string): Outcome<Conversation> {
    this.flush();
    const { writer, progress, invited } = this.#deps;
    const own = writer.members.get(userId);
    if (own === undefined) return refuse('not_found', 'no such conversation');
    const { conversation_id, kind, title, avatar_url, epoch, created_at } = writer.record;
    return accept({
      conversation_id,
      kind,
      title,
      avatar_url,
      epoch,
      created_at,
      last_message_id: writer.head,
      role: own.role,
      members: Array.from(writer.members.values(), ({ user_id, role, joined_message_id }) => ({ user_id, role, joined_message_id })),
      invited: invited(),
      receipts: progress.receipts.seenBy(userId).filter(({ user_id }) => writer.members.has(user_id)),
    });
  }

  /** `reopens`: whether opening it again would change anything for the first. */
  pairing(userId: string, otherId: string, reopens: boolean): Pairing {
    const { members, record } = this.#deps.writer;
    const isPair = record.kind === 'direct' && members.size === 2 && members.has(otherId);
    const described = isPair ? this.describe(userId) : null;
    return described?.ok === true ? { is: 'pair', conversation: described.value, reopens } : { is: 'taken' };
  }

  #submission(senderId: string, frame: LogFrame, from: Connection | null): RoomSubmission {
    const submission: RoomSubmission = {
      senderId,
      frame,
      from,
      excess: null,
      size: 'content' in frame ? frame.content.length : 0,
      admit: () => this.#admit(submission),
      settle: (decision) => hold(from, frame, decision.kind === 'refuse' ? decision.refusal : null),
    };
    return submission;
  }

  /** From here to the broadcast nothing may wait. */
  #commit(batch: readonly RoomSubmission[]): Written<RoomSubmission>[] {
    const { writer, progress, connections, outbox, onRefused, now } = this.#deps;
    const at = now();
    const isUnanswered = isPending(writer.request);
    const written = writer.write(batch, at);
    if (isUnanswered && !isPending(writer.request)) this.#deps.answered();
    for (const { submission, decision } of written) {
      if (decision.kind === 'append' && submission.frame.op === 'send') {
        const { message_id } = decision.entry;
        progress.receipts.move(submission.senderId, { read: message_id, delivered: message_id }, writer.head);
      }
      if (decision.kind === 'refuse' && submission.from !== null) onRefused(decision.refusal);
    }
    broadcastBatch(written, connections, writer.record.conversation_id, at);
    for (const { submission, decision } of written) {
      const excess = submission.excess ?? (decision.kind === 'refuse' ? 'refused' : null);
      if (excess !== null && submission.from !== null) this.#exceeds(submission.from, excess);
      if (decision.kind === 'append' && decision.oldTexts !== undefined) outbox.oldTextsFound();
    }
    const entries = written.flatMap(({ decision }) => (decision.kind === 'append' ? [decision.entry] : []));
    if (entries.length > 0) outbox.moved(entries.flatMap(({ mentions }) => (mentions === null ? [] : (JSON.parse(mentions) as string[]))));
    return written;
  }

  #announce(entries: readonly EntryRecord[]): void {
    const { writer, connections, outbox, now } = this.#deps;
    const frames = entries.map((entry) => messageFrame(messageJson(entry, writer.record.conversation_id)));
    connections.broadcast(arrayFrame(frames), now());
    outbox.moved();
    outbox.hurry();
  }

  /** Order first: behind a send that was told to wait, every later one of that socket waits too. Then the rate. */
  #admit(submission: RoomSubmission): Refusal | null {
    const { senderId, from, frame } = submission;
    const held = from?.attachment.held ?? null;
    if (held !== null && frame.op === 'send' && held.global_id !== frame.global_id) {
      submission.excess = 'held';
      return held.refusal;
    }
    const wait = this.#limiter.take(senderId, this.#deps.now());
    submission.excess = wait === 0 ? null : 'refused';
    return wait === 0 ? null : { code: 'rate_limited', detail: 'too many messages', retry_after: wait };
  }

  #exceeds(from: Connection, excess: Excess): void {
    const { connections, now } = this.#deps;
    const key = excess === 'held' ? this.#keyOf(from.userId) : from;
    if (!this.#floods.count(key, excess, now()) || connections.get(from.socket) === undefined) return;
    connections.close(from, CLOSE.flooding, 'too many frames above the rate');
  }

  #keyOf(userId: string): object {
    const key = this.#users.get(userId) ?? {};
    if (this.#users.size >= USERS_COUNTED_MAX) this.#users.clear();
    this.#users.set(userId, key);
    return key;
  }
}

/** More than can be members; who has left is forgotten with the others. */
const USERS_COUNTED_MAX = 1_000;

function hold(from: Connection | null, frame: LogFrame, refusal: Refusal | null): void {
  if (from === null || frame.op !== 'send') return;
  const { held } = from.attachment;
  const waits = refusal !== null && ERRORS[refusal.code].retry === 'later';
  if (waits && held === null) from.attachment.held = { global_id: frame.global_id, refusal };
  else if (!waits && held?.global_id === frame.global_id) from.attachment.held = null;
  else return;
  from.save();
}

const NOBODY: ReadonlySet<string> = new Set();

const isLogFrame = (frame: ClientFrame): frame is LogFrame => 'global_id' in frame;
