/**
 * Notifications of one user: jobs into the queue, the last look before sending, what came of it.
 * The rules are in push-plan.ts. At least once: when the queue refuses, `delivered` says so and the
 * conversation comes again. It knows neither providers nor the queue.
 */
import type { PushDecision } from '../../protocol/devices.ts';
import type { LastMessage } from '../../protocol/conversations.ts';
import type { Delivery } from './api.ts';
import type { PushJob, PushPlan, PushResult, PushSend } from './push-api.ts';
import { PushJobs, type JobsDeps } from './push-jobs.ts';
import { PushLog, type Made } from './push-log.ts';
import { PushLooks, type LooksDeps, type Lost, type PushConnection } from './push-looks.ts';
import { dueOf, mayChange, verdictOn, type Situation } from './push-plan.ts';
import { decisionsIn, type PushStore } from './push-store.ts';
import type { InboxRecord } from './schema.ts';

export interface PushesDeps extends JobsDeps, Pick<LooksDeps, 'store' | 'arm'> {
  pushStore: Pick<PushStore, 'state' | 'put' | 'decisions' | 'unread'>;
  devices: {
    /** The devices that have an address. */
    addresses(): PushSend[];
    /** While it is still this one. */
    forgetAddress(deviceId: string, address: PushSend['address']): void;
  };
  connections: LooksDeps['connections'] & { fresh(now: number): readonly PushConnection[] };
  /** What the conversation itself says; null: the user was never in it. */
  exact(conversationId: string): Promise<Delivery | null>;
  merge(delivery: Delivery): InboxRecord | undefined;
  /** Some device owes an acknowledgement. */
  owed(): void;
}

const RETRY_MS = 10_000;

type Seen = Pick<Delivery, 'here' | 'delivered_message_id'>;

export class Pushes {
  readonly #deps: PushesDeps;
  readonly #log: PushLog;
  readonly #jobs: PushJobs;
  /** What has no delivery for its cause. */
  readonly looks: PushLooks;
  /** Conversation → devices that got this message while others of the same job failed. */
  readonly #had = new Map<string, { message_id: number; devices: Set<string> }>();

  constructor(deps: PushesDeps) {
    this.#deps = deps;
    this.#log = new PushLog(deps.pushStore);
    this.#jobs = new PushJobs(deps);
    this.looks = new PushLooks({
      ...deps,
      areConnected: (row) => mayChange(dueOf(this.#situation(row, null))),
      consider: (row, lost) => this.#consider(row, null, lost),
    });
  }

  /** The row as it is about to be written, with the reason if nothing will be queued for it, or not at once. */
  foreseen(row: InboxRecord, delivery: Delivery): InboxRecord {
    return this.#log.in(row, this.#refusal(row, delivery));
  }

  /**
   * After a delivery was merged, and shown to the sockets: queues a job if someone may miss it.
   * @returns false when the queue refused: nothing is on its way
   */
  async delivered(row: InboxRecord, delivery: Delivery, isStored: boolean): Promise<boolean> {
    this.#deps.owed();
    const made = isStored ? null : this.#refusal(row, delivery);
    if (made !== null) this.#log.note(made, false);
    return this.#consider(row, delivery);
  }

  /** What each job comes to, in their order. Of several about one conversation the oldest speaks for all. */
  async plan(jobs: PushJob[]): Promise<PushPlan[]> {
    const leads = new Map<string, PushJob>();
    for (const job of jobs) {
      const lead = leads.get(job.conversation_id);
      if (lead === undefined || job.queued_at < lead.queued_at) leads.set(job.conversation_id, job);
    }
    return Promise.all(jobs.map(async (job) => (leads.get(job.conversation_id) === job ? this.#planInTurn(job) : nothing(job))));
  }

  record(results: PushResult[]): void {
    for (const ofConversation of Map.groupBy(results, (result) => result.conversation_id).values()) this.#recordOf(ofConversation);
  }

  /** The last decisions, three a conversation, newest first. */
  log(): PushDecision[] {
    return this.#log.all();
  }

  /** Null: a job follows at once, or there is nothing to notify of. */
  #refusal(row: InboxRecord, seen: Seen): Made | null {
    const situation = this.#situation(row, seen);
    const due = dueOf(situation);
    if (due === null || due.reason === null) return null;
    const { conversation_id } = row;
    return { conversation_id, message_id: situation.message!.message_id, device_id: null, reason: due.reason, at: situation.now };
  }

  async #consider(row: InboxRecord, seen: Seen | null, lost?: Lost): Promise<boolean> {
    const situation = this.#situation(row, seen, lost?.connection);
    const due = dueOf(situation);
    if (mayChange(due) && seen !== null) this.looks.connected();
    if (due === null || due.at === null) return true;
    const { conversation_id } = row;
    return this.#jobs.queue({ conversation_id, message_id: situation.message!.message_id }, Math.max(due.at, lost?.notBefore ?? 0));
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
    return {
      now: now(),
      user_id: userId(),
      is_member: row.role !== null,
      muted_until: row.muted_until,
      unread: Math.max(0, row.countable_total - row.read_total),
      message: row.last_message === null ? null : (JSON.parse(row.last_message) as LastMessage),
      pushed_to: row.pushed_to,
      sent_at: decisionsIn(row.pushes).findLast(({ reason }) => reason === 'sent')?.at ?? null,
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
