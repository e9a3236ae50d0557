/**
 * When one looks again at what a user may be missing, without anybody asking: at the end of the lease
 * of a socket that owes an acknowledgement, and a while after something came that was unread with every
 * device connected. The alarm is stored; everything else is found again from attachments and rows.
 */
import { CLOSE } from '../../protocol/errors.ts';
import { leaseEnd, LOOK_AGAIN_MS } from './push-plan.ts';
import type { InboxRecord } from './schema.ts';
import type { InboxStore } from './store.ts';

/** What is asked of an inbox socket. */
export interface PushConnection {
  readonly attachment: {
    device_id: string;
    active: boolean;
    owed: Record<string, { message_id: number }>;
  };
}

/** A socket that no longer counts, and the instant before which nothing is sent for it. */
export interface Lost {
  connection: PushConnection;
  notBefore: number;
}

export interface LooksDeps {
  store: Pick<InboxStore, 'conversation' | 'unreadSince'>;
  connections: {
    all(): Iterable<PushConnection>;
    heardAt(connection: PushConnection): number;
    close(connection: PushConnection, code: number, reason: string): void;
  };
  /** Every device that could be sent to has a fresh socket. */
  areConnected(row: InboxRecord): boolean;
  /** @returns false when the queue refused */
  consider(row: InboxRecord, lost?: Lost): Promise<boolean>;
  /** In the turn of the delivery: it must outlive the process. */
  arm(at: number): void;
  now(): number;
}

/** After the queue refused; doubling. */
const RETRY_MS = 10_000;
const RETRY_MAX_MS = 300_000;
/** An alarm may come as late as this, and the queue be down for as long, and nothing is missed. */
const LOOK_BACK_MS = 3_600_000;

export class PushLooks {
  readonly #deps: LooksDeps;
  #retryAt = 0;
  #lookAt: number | null = null;
  /** Of the queue, in a row. */
  #refusals = 0;

  constructor(deps: LooksDeps) {
    this.#deps = deps;
  }

  /** Something came, and every device is connected. */
  connected(): void {
    this.#lookBy(this.#deps.now() + LOOK_AGAIN_MS);
    this.#deps.arm(this.#lookAt!);
  }

  /** The queue did not take a job: what is unread is looked at again. */
  refused(): void {
    this.#lookBy(this.#deps.now() + this.#pauseAgainMs());
    this.#deps.arm(this.#lookAt!);
  }

  /** The alarm. */
  async ring(): Promise<void> {
    const { connections, now } = this.#deps;
    for (const connection of connections.all()) {
      if (!owes(connection) || leaseEnd(connections.heardAt(connection)) > now()) continue;
      if (await this.#missed(connection)) connections.close(connection, CLOSE.heartbeat_lost, 'no heartbeat');
      else this.#retryAt = now() + this.#pauseAgainMs();
    }
    await this.#lookAgain();
  }

  /** A socket has gone before its lease: what it had not acknowledged may be missed. Late is no harm: the lease's end is soon enough. */
  async closed(connection: PushConnection): Promise<void> {
    if (owes(connection)) await this.#missed(connection);
  }

  /** When the alarm must ring. */
  nextAt(): number | null {
    const { connections } = this.#deps;
    const ends = [...connections.all()].filter(owes).map((connection) => leaseEnd(connections.heardAt(connection)));
    const lease = ends.length === 0 ? Infinity : Math.max(Math.min(...ends), this.#retryAt);
    const next = Math.min(lease, this.#lookAt ?? Infinity);
    return next === Infinity ? null : next;
  }

  async #lookAgain(): Promise<void> {
    const { store, areConnected, consider, now } = this.#deps;
    const at = now();
    this.#lookAt = null;
    for (const { conversation_id, updated_at } of store.unreadSince(at - LOOK_BACK_MS)) {
      const row = store.conversation(conversation_id)!;
      const lookAt = Math.min(updated_at, at) + LOOK_AGAIN_MS;
      if (lookAt > at && areConnected(row)) this.#lookBy(lookAt);
      else if (await consider(row)) this.#refusals = 0;
      // The others would be refused too.
      else return this.#lookBy(at + this.#pauseAgainMs());
    }
  }

  #pauseAgainMs(): number {
    const pauseMs = Math.min(RETRY_MS * 2 ** this.#refusals, RETRY_MAX_MS);
    this.#refusals += 1;
    return pauseMs;
  }

  #lookBy(at: number): void {
    this.#lookAt = Math.min(at, this.#lookAt ?? Infinity);
  }

  async #missed(connection: PushConnection): Promise<boolean> {
    const { store, connections, consider } = this.#deps;
    const notBefore = leaseEnd(connections.heardAt(connection));
    let isQueued = true;
    for (const conversationId of Object.keys(connection.attachment.owed)) {
      const row = store.conversation(conversationId);
      if (row !== undefined && !(await consider(row, { connection, notBefore }))) isQueued = false;
    }
    return isQueued;
  }
}

const owes = ({ attachment }: PushConnection): boolean => Object.keys(attachment.owed).length > 0;
