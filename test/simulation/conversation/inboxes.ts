/**
 * The members' inboxes, with the real merge: a row is written at most every few seconds while somebody is
 * shown it, and what was only shown may be forgotten at any time. People come and go, and whoever comes has
 * the exact state asked for.
 */
import { STORE_WINDOW_MS } from '../../../durable/conversation/fanout.ts';
import type { EntryRecord } from '../../../durable/conversation/schema.ts';
import type { Delivered, Delivery } from '../../../durable/user-inbox/api.ts';
import { merge, toRow } from '../../../durable/user-inbox/inbox.ts';
import type { InboxRecord } from '../../../durable/user-inbox/schema.ts';
import { INBOX_MESSAGES_MAX } from '../../../protocol/limits.ts';
import { isMessageType, type MembershipChange } from '../../../protocol/message.ts';
import { unreliable, type Weather } from './weather.ts';

export class SimulatedInboxes {
  /** On disk. */
  readonly rows = new Map<string, InboxRecord>();
  readonly breaches: string[] = [];
  /** Users whose inbox socket is open somewhere that is not the conversation. */
  readonly live = new Set<string>();
  /** Users who have turned read receipts off. */
  readonly silent = new Set<string>();
  /** More may have come than what the row says, without its being told. */
  readonly atLeast = new Set<string>();
  readonly #inMemory = new Map<string, InboxRecord>();
  readonly #storedAt = new Map<string, number>();
  readonly #versions = new Map<string, number>();
  readonly #weather: Weather;
  readonly #log: () => EntryRecord[];

  constructor(weather: Weather, log: () => EntryRecord[]) {
    this.#weather = weather;
    this.#log = log;
  }

  deliver(delivery: Delivery): Promise<Delivered> {
    const copy = structuredClone(delivery);
    return unreliable(this.#weather, () => this.take(copy));
  }

  take(delivery: Delivery): Delivered {
    const { user_id } = delivery;
    this.#checkStretch(delivery);
    const { chance, clock, count, failing } = this.#weather;
    const answer = { live_elsewhere: this.live.has(user_id), read_receipts: !this.silent.has(user_id) };
    // The queue towards push does not take it.
    if (chance.happens(failing() * 0.2)) return { ...answer, stored: false };
    if (chance.happens(failing() * 0.2)) this.#inMemory.delete(user_id);
    const row = this.#merged(delivery);
    const socket = answer.live_elsewhere || (delivery.here.length > 0 && chance.happens(0.5));
    const early = clock.now() - (this.#storedAt.get(user_id) ?? 0) < STORE_WINDOW_MS;
    if (socket && early && row !== this.rows.get(user_id)) {
      count('shown and not stored');
      this.#inMemory.set(user_id, row);
      return { ...answer, stored: false };
    }
    this.#store(user_id, row);
    return { ...answer, stored: true };
  }

  /** What the inbox itself asked for. */
  learn(delivery: Delivery): void {
    this.#checkStretch(delivery);
    this.#store(delivery.user_id, this.#merged(delivery));
  }

  /** The newest entry that a device of the user was told of, stored or not. */
  shownTo(userId: string): number {
    return (this.#inMemory.get(userId) ?? this.rows.get(userId))?.last_message_id ?? -1;
  }

  #merged(delivery: Delivery): InboxRecord {
    const { user_id } = delivery;
    const version = (this.#versions.get(user_id) ?? 0) + 1;
    const old = this.#inMemory.get(user_id) ?? this.rows.get(user_id);
    const row = merge(old, delivery, version);
    if (row === null) return old!;
    this.#versions.set(user_id, version);
    if (row.version !== version) this.breaches.push(`inbox of ${user_id}: version ${row.version} instead of ${version}`);
    if (row.countable_total < row.read_total) this.breaches.push(`inbox of ${user_id}: read more than there is`);
    toRow(row);
    return row;
  }

  #store(userId: string, row: InboxRecord): void {
    this.rows.set(userId, row);
    this.#inMemory.delete(userId);
    this.#storedAt.set(userId, this.#weather.clock.now());
    if (this.live.has(userId)) this.atLeast.delete(userId);
    else this.atLeast.add(userId);
  }

  /** What is told reaches back to what the inbox has, or is as much as may be told; nothing in it is missing. */
  #checkStretch({ user_id, role, last_message_id: to, entries, own_message_at }: Delivery): void {
    const breach = (what: string): void => void this.breaches.push(`[P4] ${user_id} is told up to ${to}: ${what}`);
    if (role === null) return entries.length > 0 ? breach('entries, though no member') : undefined;
    const numbers = entries.map(({ message_id }) => message_id);
    if (numbers.some((number, index) => number !== to - entries.length + 1 + index)) breach(`entries ${numbers.join(' ')}`);
    if (entries.length > INBOX_MESSAGES_MAX) breach(`${entries.length} entries`);
    const log = this.#log();
    const has = this.rows.get(user_id)?.last_message_id;
    if (has === undefined || has >= to || log.some((entry) => wentAway(entry, user_id))) return;
    if (entries.length < Math.min(INBOX_MESSAGES_MAX, to - has)) breach(`${entries.length} entries, and has ${has}`);
    const own = log.findLast(
      ({ message_id, sender_id, type }) => message_id > has && message_id <= to && sender_id === user_id && isMessageType(type),
    );
    if (own !== undefined && own_message_at !== own.timestamp) breach(`own message of ${own_message_at} instead of ${own.timestamp}`);
  }
}

export function wentAway({ type, detail }: EntryRecord, userId: string): boolean {
  if (type !== 'membership') return false;
  const { action, user_id } = JSON.parse(detail!) as MembershipChange;
  return user_id === userId && (action === 'left' || action === 'removed');
}
