/**
 * Notifications of one user: jobs into the queue, the last look before sending, what came of it.
 * The rules are in push-plan.ts. At least once: when the queue refuses, the alarm asks it again.
 * It knows neither providers nor the queue.
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
import { isMember } from './inbox.ts';
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
  /** By this user. */
  isBlocked(userId: string): boolean;
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

  /** After a delivery was merged, and shown to the sockets: queues a job if someone may miss it. */
  async delivered(row: InboxRecord, delivery: Delivery, isStored: boolean): Promise<void> {
    this.#deps.owed();
    const made = isStored ? null : this.#refusal(row, delivery);
    if (made !== null) this.#log.note(made, false);
    if (!(await this.#consider(row, delivery))) this.looks.refused();
  }

  /** What each job comes to, in their order. */
  async plan(jobs: PushJob[]): Promise<PushPlan[]> {
    const leads = leadsOf(jobs);
    return Promise.all(jobs.map(async (job) => (leads.has(job) ? this.#planInTurn(job) : nothing(job))));
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
    const situation = this.#situation(row, seen, lost);
    const due = dueOf(situation);
    if (mayChange(due) && seen !== null) this.looks.connected();
    if (due === null || due.at === null) return true;
    const { conversation_id, pushed_to } = row;
    const { message_id } = situation.message!;
    const about = message_id <= pushed_to ? { device_id: situation.missed_by! } : {};
    return this.#jobs.queue({ conversation_id, message_id, ...about }, Math.max(due.at, lost?.notBefore ?? 0));
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
    this.#jobs.arrived(job);
    if (row === undefined) return nothing(job);
    const situation = this.#situation(row, delivery, null, job.device_id);
    const { now } = situation;
    if (situation.message?.deleted === true) {
      // Only the conversation knows what stood before it.
      if (delivery === null && dueOf(situation) !== null) return { ...nothing(job), retry_after: RETRY_MS / 1_000 };
      situation.message = delivery?.notifiable ?? null;
    }
    const { message } = situation;
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
    this.#jobs.postponed(job, now + retry_after_ms);
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

  /**
   * @param lost a socket that no longer counts
   * @param missing the device whose socket was lost
   */
  #situation(row: InboxRecord, seen: Seen | null, lost?: Lost | null, missing = lost?.connection.attachment.device_id): Situation {
    const { devices, connections, now, userId, isBlocked } = this.#deps;
    const message = row.last_message === null ? null : (JSON.parse(row.last_message) as LastMessage);
    const decisions = decisionsIn(row.pushes);
    return {
      now: now(),
      user_id: userId(),
      is_blocked: row.kind === 'direct' && message !== null && isBlocked(message.sender_id),
      is_member: isMember(row),
      muted_until: row.muted_until,
      unread: Math.max(0, row.countable_total - row.read_total),
      message,
      pushed_to: row.pushed_to,
      missed_by: missing !== undefined && message !== null && !wasNotified(decisions, missing, message) ? missing : null,
      sent_at: decisions.findLast(({ reason }) => reason === 'sent')?.at ?? null,
      addressed: devices.addresses().map(({ device_id }) => device_id),
      fresh: connections
        .fresh(now())
        .filter((connection) => connection !== lost?.connection)
        .map(({ attachment }) => ({ device_id: attachment.device_id, active: attachment.active })),
      here: seen?.here ?? [],
      delivered_message_id: seen?.delivered_message_id ?? 0,
    };
  }
}

/** Of several about one conversation the oldest speaks for all; those about a single device count only where none is about all. */
function leadsOf(jobs: readonly PushJob[]): Set<PushJob> {
  const leads = new Map<string, PushJob>();
  const general = new Set(jobs.flatMap(({ conversation_id, device_id }) => (device_id === undefined ? [conversation_id] : [])));
  for (const job of jobs) {
    const { conversation_id, device_id, queued_at } = job;
    if (device_id !== undefined && general.has(conversation_id)) continue;
    const key = `${conversation_id} ${device_id ?? ''}`;
    const lead = leads.get(key);
    if (lead === undefined || queued_at < lead.queued_at) leads.set(key, job);
  }
  return new Set(leads.values());
}

const wasNotified = (decisions: readonly PushDecision[], deviceId: string, { message_id }: { message_id: number }): boolean =>
  decisions.some((made) => made.reason === 'sent' && made.device_id === deviceId && made.message_id >= message_id);

const nothing = (job: PushJob): PushPlan => ({
  job,
  sender_id: null,
  group_title: null,
  message_id: job.message_id,
  badge: 0,
  sends: [],
  retry_after: null,
});
