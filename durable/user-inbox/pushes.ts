/**
 * Notifications of one user: jobs into the queue, the last look before sending, what came of it.
 * The rules are in push-plan.ts. At least once: when the queue refuses, `delivered` says so and the
 * conversation comes again. It knows neither providers nor the queue.
 */
import type { PushDecision, PushReason } from '../../protocol/devices.ts';
import type { LastMessage } from '../../protocol/conversations.ts';
import { CLOSE } from '../../protocol/errors.ts';
import type { Delivery } from './api.ts';
import type { PushJob, PushPlan, PushResult, PushSend } from './push-api.ts';
import { PushJobs, type JobsDeps } from './push-jobs.ts';
import { PushLog } from './push-log.ts';
import { dueOf, leaseEnd, LOOK_AGAIN_MS, verdictOn, type Situation } from './push-plan.ts';
import type { PushStore } from './push-store.ts';
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

export interface PushesDeps extends JobsDeps {
  store: Pick<InboxStore, 'conversation' | 'unreadSince'>;
  pushStore: Pick<PushStore, 'state' | 'put' | 'decisions' | 'unread'>;
  devices: {
    /** The devices that have an address. */
    addresses(): PushSend[];
    /** While it is still this one. */
    forgetAddress(deviceId: string, address: PushSend['address']): void;
  };
  connections: {
    all(): Iterable<PushConnection>;
    fresh(now: number): readonly PushConnection[];
    heardAt(connection: PushConnection): number;
    close(connection: PushConnection, code: number, reason: string): void;
  };
  /** What the conversation itself says; null: the user was never in it. */
  exact(conversationId: string): Promise<Delivery | null>;
  merge(delivery: Delivery): InboxRecord | undefined;
  /** Some device owes an acknowledgement. */
  owed(): void;
  /** In the turn of the delivery: it must outlive the process. */
  arm(at: number): void;
}

const RETRY_MS = 10_000;
/** An alarm may come as late as this and miss nothing. */
const LOOK_BACK_MS = 600_000;

type Seen = Pick<Delivery, 'here' | 'delivered_message_id'>;

export class Pushes {
  readonly #deps: PushesDeps;
  readonly #log: PushLog;
  readonly #jobs: PushJobs;
  /** Conversation → devices that got this message while others of the same job failed. */
  readonly #had = new Map<string, { message_id: number; devices: Set<string> }>();
  #retryAt = 0;
  /** The next look at what was unread with every device connected. The alarm is stored; this is found again from the rows. */
  #lookAt: number | null = null;

  constructor(deps: PushesDeps) {
    this.#deps = deps;
    this.#log = new PushLog(deps.pushStore);
    this.#jobs = new PushJobs(deps);
  }

  /**
   * After a delivery was merged, and shown to the sockets: queues a job if someone may miss it.
   * @returns false when the queue refused: nothing is on its way
   */
  async delivered(row: InboxRecord, delivery: Delivery): Promise<boolean> {
    this.#deps.owed();
    return this.#consider(row, delivery);
  }

  /** What each job comes to, in their order. Of several about one conversation the oldest speaks for all. */
  async plan(jobs: PushJob[]): Promise<PushPlan[]> {
    const leads = new Map<string, PushJob>();
    for (const job of jobs) {
      const lead = leads.get(job.conversation_id);
      if (lead === undefined || job.queued_at < lead.queued_at) leads.set(job.conversation_id, job);
    }
    return Promise.all(jobs.map((job) => (leads.get(job.conversation_id) === job ? this.#planInTurn(job) : nothing(job))));
  }

  record(results: PushResult[]): void {
    for (const ofConversation of Map.groupBy(results, (result) => result.conversation_id).values()) this.#recordOf(ofConversation);
  }

  /** The alarm: leases that ran out with deliveries that were not acknowledged, and what nobody has read since it came. */
  async ring(): Promise<void> {
    const { connections, now } = this.#deps;
    for (const connection of connections.all()) {
      if (!owes(connection) || leaseEnd(connections.heardAt(connection)) > now()) continue;
      if (await this.#missed(connection)) connections.close(connection, CLOSE.heartbeat_lost, 'no heartbeat');
      else this.#retryAt = now() + RETRY_MS;
    }
    await this.#lookAgain();
  }

  /** A socket has gone before its lease: what it had not acknowledged may be missed. Late is no harm: the lease's end is soon enough. */
  async closed(connection: PushConnection): Promise<void> {
    if (owes(connection)) await this.#missed(connection);
  }

  /** When the alarm must ring. */
  nextAt(): number | null {
    const ends = [...this.#deps.connections.all()].filter(owes).map((connection) => leaseEnd(this.#deps.connections.heardAt(connection)));
    const lease = ends.length === 0 ? Infinity : Math.max(Math.min(...ends), this.#retryAt);
    const next = Math.min(lease, this.#lookAt ?? Infinity);
    return next === Infinity ? null : next;
  }

  /** The last decisions, three a conversation, newest first. */
  log(): PushDecision[] {
    return this.#log.all();
  }

  async #lookAgain(): Promise<void> {
    const { store, now } = this.#deps;
    const at = now();
    this.#lookAt = null;
    for (const { conversation_id, updated_at } of store.unreadSince(at - LOOK_BACK_MS)) {
      const row = store.conversation(conversation_id)!;
      const lookAt = Math.min(updated_at, at) + LOOK_AGAIN_MS;
      if (lookAt > at && dueOf(this.#situation(row, null)) === 'connected') this.#lookBy(lookAt);
      else if (!(await this.#consider(row, null))) this.#lookBy(at + RETRY_MS);
    }
  }

  #lookBy(at: number): void {
    this.#lookAt = Math.min(at, this.#lookAt ?? Infinity);
  }

  async #missed(connection: PushConnection): Promise<boolean> {
    const notBefore = leaseEnd(this.#deps.connections.heardAt(connection));
    let isQueued = true;
    for (const conversationId of Object.keys(connection.attachment.owed)) {
      const row = this.#deps.store.conversation(conversationId);
      if (row !== undefined && !(await this.#consider(row, null, { connection, notBefore }))) isQueued = false;
    }
    return isQueued;
  }

  async #consider(row: InboxRecord, seen: Seen | null, lost?: { connection: PushConnection; notBefore: number }): Promise<boolean> {
    const situation = this.#situation(row, seen, lost?.connection);
    const due = dueOf(situation);
    if (due === null) return true;
    const { conversation_id } = row;
    const message_id = situation.message!.message_id;
    const note = (reason: PushReason, isFinal: boolean): void =>
      this.#log.note({ conversation_id, message_id, device_id: null, reason, at: situation.now }, isFinal);
    if (due === 'connected') {
      note('device_active', false);
      if (seen !== null) this.#lookBy(situation.now + LOOK_AGAIN_MS);
      if (this.#lookAt !== null) this.#deps.arm(this.#lookAt);
      return true;
    }
    if ('reason' in due) {
      note(due.reason, true);
      return true;
    }
    return this.#jobs.queue({ conversation_id, message_id }, Math.max(due.at, lost?.notBefore ?? 0));
  }

  /** One that fails comes again by itself. */
  async #planInTurn(job: PushJob): Promise<PushPlan> {
    try {
      return await this.#planOne(job);
    } catch (error) {
      this.#deps.onError(error);
      return { ...nothing(job), retry_after: RETRY_MS / 1_000 };
    }
  }

  async #planOne(job: PushJob): Promise<PushPlan> {
    const { conversation_id } = job;
    const { row, delivery } = await this.#latest(conversation_id);
    this.#jobs.arrived(conversation_id);
    if (row === undefined) return nothing(job);
    const situation = this.#situation(row, delivery);
    const { now, message } = situation;
    const had = this.#had.get(conversation_id);
    const verdict = verdictOn(job, situation, had !== undefined && had.message_id === message?.message_id ? had.devices : new Set());
    if (verdict.send_to !== null && message !== null) {
      const sends = this.#deps.devices.addresses().filter(({ device_id }) => verdict.send_to.includes(device_id));
      const group_title = row.kind === 'group' ? row.title : null;
      const { message_id, sender_id } = message;
      return { ...nothing(job), message_id, sender_id, group_title, badge: this.#deps.pushStore.unread(now), sends };
    }
    if (verdict.send_to !== null) return nothing(job);
    const { reason, retry_after_ms } = verdict;
    if (reason !== null) {
      const message_id = message?.message_id ?? job.message_id;
      this.#log.note({ conversation_id, message_id, device_id: null, reason, at: now }, retry_after_ms === null);
    }
    if (retry_after_ms === null) return nothing(job);
    this.#jobs.postponed(conversation_id, now + retry_after_ms);
    return { ...nothing(job), retry_after: Math.ceil(retry_after_ms / 1_000) };
  }

  /** The state as the conversation has it; as we have it, when it does not answer. */
  async #latest(conversationId: string): Promise<{ row: InboxRecord | undefined; delivery: Delivery | null }> {
    let delivery: Delivery | null = null;
    try {
      delivery = await this.#deps.exact(conversationId);
    } catch (error) {
      this.#deps.onError(error);
    }
    const merged = delivery === null ? undefined : this.#deps.merge(delivery);
    return { row: merged ?? this.#deps.store.conversation(conversationId), delivery };
  }

  #recordOf(results: PushResult[]): void {
    const { devices, now } = this.#deps;
    const { conversation_id } = results[0]!;
    const message_id = Math.max(...results.map((result) => result.message_id));
    for (const { reason, device_id, address } of results) if (reason === 'address_gone') devices.forgetAddress(device_id, address);
    const { pushed_to } = this.#log.state(conversation_id);
    const isSettled = results.every(({ will_retry }) => !will_retry);
    if (isSettled) this.#had.delete(conversation_id);
    else this.#remember(results, message_id);
    // What was sent comes last: the next notification waits for it, and only three are kept.
    const made = results
      .map((result) => ({ ...result, at: now() }))
      .toSorted((one, other) => Number(one.reason === 'sent') - Number(other.reason === 'sent'));
    this.#log.record(conversation_id, made, isSettled ? Math.max(pushed_to, message_id) : pushed_to);
  }

  #remember(results: PushResult[], message_id: number): void {
    const { conversation_id } = results[0]!;
    const known = this.#had.get(conversation_id);
    const devices = known?.message_id === message_id ? known.devices : new Set<string>();
    for (const { device_id, reason } of results) if (reason === 'sent') devices.add(device_id);
    this.#had.set(conversation_id, { message_id, devices });
  }

  /** @param lost a socket that no longer counts */
  #situation(row: InboxRecord, seen: Seen | null, lost?: PushConnection): Situation {
    const { devices, connections, now, userId } = this.#deps;
    const { decisions, pushed_to } = this.#log.state(row.conversation_id);
    return {
      now: now(),
      user_id: userId(),
      is_member: row.role !== null,
      muted_until: row.muted_until,
      unread: Math.max(0, row.countable_total - row.read_total),
      message: row.last_message === null ? null : (JSON.parse(row.last_message) as LastMessage),
      pushed_to,
      sent_at: decisions.findLast(({ reason }) => reason === 'sent')?.at ?? null,
      addressed: devices.addresses().map(({ device_id }) => device_id),
      fresh: connections
        .fresh(now())
        .filter((connection) => connection !== lost)
        .map(({ attachment }) => ({ device_id: attachment.device_id, active: attachment.active })),
      here: seen?.here ?? [],
      delivered_message_id: seen?.delivered_message_id ?? 0,
    };
  }
}

const nothing = (job: PushJob): PushPlan => ({
  job,
  sender_id: null,
  group_title: null,
  message_id: job.message_id,
  badge: 0,
  sends: [],
  retry_after: null,
});

const owes = ({ attachment }: PushConnection): boolean => Object.keys(attachment.owed).length > 0;
