/**
 * The user's rows of conversations: the one place where they change. Sockets are told at once;
 * while one is there, a row is written at most every five seconds, and a delivery that was only
 * shown comes again. Each change that a device must learn takes the next version.
 */
import type { Draft, DraftBody, SettingsBody } from '../../protocol/inbox.ts';
import { TOMBSTONE_LIFETIME_MS } from '../../protocol/limits.ts';
import type { Message } from '../../protocol/message.ts';
import { isNewerEpoch } from '../kit/epoch.ts';
import type { Delivery } from './api.ts';
import type { InboxConnections } from './connections.ts';
import { changeDraft, changeSettings, draftOf, isMember, merge } from './inbox.ts';
import type { News } from './news.ts';
import type { InboxRecord } from './schema.ts';
import type { InboxStore } from './store.ts';

export interface RowsDeps {
  store: InboxStore;
  connections: InboxConnections;
  news: News;
  /** A delivered row as it is about to be written. */
  noted(row: InboxRecord, delivery: Delivery): InboxRecord;
  now(): number;
}

export const ROW_WRITTEN_EVERY_MS = 5_000;
const WRITTEN_KEPT = 1_000;
/** Collected with a write. */
const TOMBSTONES_A_TURN = 100;

export interface Told {
  row: InboxRecord;
  /** False: shown to sockets only. */
  stored: boolean;
  liveElsewhere: boolean;
  /** The user was no member until now, as far as was known. */
  isNew: boolean;
}

export class Rows {
  readonly #deps: RowsDeps;
  /** When a row was written last, the latest last. Memory only: without it a row is written sooner. */
  readonly #writtenAt = new Map<string, number>();
  /** What was shown last and is not stored yet. Memory only: lost, it is told again. */
  readonly #shown = new Map<string, Delivery>();
  #version: number;

  constructor(deps: RowsDeps) {
    this.#deps = deps;
    this.#version = deps.store.version();
  }

  get version(): number {
    return this.#version;
  }

  deliver(delivery: Delivery): Told {
    const { store, news, noted } = this.#deps;
    const old = store.conversation(delivery.conversation_id);
    const liveElsewhere = this.#isLiveElsewhere(delivery);
    const isNew = (old === undefined || !isMember(old)) && delivery.role !== null && delivery.consent?.state !== 'invited';
    const row = merge(old, delivery, this.#version + 1);
    if (row === null) {
      // From here on the conversation takes its time: what it tells next may come late.
      if (!liveElsewhere && old!.at_least === 0) store.setAtLeast(delivery.conversation_id, true);
      return { row: old!, stored: true, liveElsewhere, isNew };
    }
    // What the user is to it now is told at once, and for good.
    if (row.role !== null && row.state === old?.state && !isNewerEpoch(row.epoch, old.epoch) && this.#mayWait(row.conversation_id)) {
      this.#shown.set(row.conversation_id, delivery);
      news.moved(row, delivery.entries, false);
      return { row, stored: false, liveElsewhere, isNew };
    }
    const written = noted({ ...row, at_least: Number(!liveElsewhere) }, delivery);
    return { row: this.#put(written, delivery.entries, old === undefined), stored: true, liveElsewhere, isNew };
  }

  /**
   * What the conversation answered when it was asked. `settled`: asked as one who is live, so that what comes next is told promptly.
   * @returns the row as it is now
   */
  take(delivery: Delivery, settled: boolean): InboxRecord {
    const { store } = this.#deps;
    const old = store.conversation(delivery.conversation_id);
    const isExact = settled && this.#isLiveElsewhere(delivery);
    const row = merge(old, delivery, this.#version + 1);
    if (row !== null) return this.#put({ ...row, at_least: isExact ? 0 : (old?.at_least ?? 1) }, delivery.entries, old === undefined);
    if (isExact && old!.at_least === 1) store.setAtLeast(delivery.conversation_id, false);
    return old!;
  }

  /** Somebody is about to read the rows: they are to say what the sockets were shown. */
  storeShown(): void {
    for (const delivery of [...this.#shown.values()]) this.take(delivery, false);
  }

  /** The row of a conversation the user may read, as devices were shown it. */
  ofMember(conversationId: string): InboxRecord | undefined {
    const stored = this.#deps.store.conversation(conversationId);
    const shown = this.#shown.get(conversationId);
    const row = (shown === undefined ? null : merge(stored, shown, this.#version + 1)) ?? stored;
    return row === undefined || row.role === null || row.state === 'invited' ? undefined : row;
  }

  changeSettings(old: InboxRecord, settings: SettingsBody): InboxRecord {
    const row = changeSettings(old, settings, this.#version + 1);
    return row === null ? old : this.#put(row, []);
  }

  putDraft(old: InboxRecord, draft: DraftBody): Draft {
    const row = changeDraft(old, draft, this.#version + 1, this.#deps.now());
    return draftOf(row === null ? old : this.#put(row, []));
  }

  #put(row: InboxRecord, messages: readonly Message[], isNew = false): InboxRecord {
    const { store, news, now } = this.#deps;
    store.putConversation(row, isNew);
    store.collectTombstones(now() - TOMBSTONE_LIFETIME_MS, TOMBSTONES_A_TURN);
    this.#version = row.version;
    this.#shown.delete(row.conversation_id);
    this.#writtenAt.delete(row.conversation_id);
    this.#writtenAt.set(row.conversation_id, now());
    const [oldest] = this.#writtenAt.keys();
    if (this.#writtenAt.size > WRITTEN_KEPT && oldest !== undefined) this.#writtenAt.delete(oldest);
    news.moved(row, messages, true);
    return row;
  }

  #mayWait(conversationId: string): boolean {
    const { connections, now } = this.#deps;
    const writtenAt = this.#writtenAt.get(conversationId);
    return writtenAt !== undefined && now() - writtenAt < ROW_WRITTEN_EVERY_MS && connections.fresh(now()).length > 0;
  }

  #isLiveElsewhere({ here }: Delivery): boolean {
    const { connections, now } = this.#deps;
    const inConversation = new Set(here.map(({ device_id }) => device_id));
    return connections.fresh(now()).some(({ deviceId }) => !inConversation.has(deviceId));
  }
}
