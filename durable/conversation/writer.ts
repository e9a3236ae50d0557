/**
 * The single writer of the log: numbering, duplicates and append are one synchronous step.
 * A batch is one transaction; one that throws is tried again entry by entry, and the bad one
 * is refused. State in memory moves only after its transaction is through.
 * It knows no sockets, no clocks and no other objects.
 */
import type { LogFrame } from '../../protocol/client-frames.ts';
import type { Refusal } from '../../protocol/errors.ts';
import { uuidv7 } from '../../protocol/ids.ts';
import { isMessageType, type ConversationChange, type MembershipChange } from '../../protocol/message.ts';
import type { Rate } from '../kit/token-bucket.ts';
import type { Size } from './bounds/size.ts';
import { accepted, isAnsweredBy, type MessageRequest } from './consent/request.ts';
import { decide, nextEntry, type Decision, type LogView, type Trace } from './log.ts';
import { RecentEntries } from './recent.ts';
import type { ConversationRecord, EntryRecord, MemberRecord } from './schema.ts';
import type { ConversationStore } from './store.ts';

export interface Submission {
  senderId: string;
  frame: LogFrame;
  /** Characters of content. */
  size: number;
  admit(): Refusal | null;
  /** Told each decision as it falls, in order, so that a refusal can hold back what follows in the same batch. */
  settle(decision: Decision): void;
}

export interface Written<S extends Submission> {
  submission: S;
  decision: Decision;
}

export interface LogWriterDeps {
  store: ConversationStore;
  editRate: Rate;
  size: Pick<Size, 'full' | 'wrote'>;
  onError(error: unknown): void;
}

export class LogWriter {
  readonly #deps: LogWriterDeps;
  readonly #store: ConversationStore;
  readonly #recent: RecentEntries;
  #record: ConversationRecord;
  #blockedBy: ReadonlySet<string>;
  #request: MessageRequest | null;
  #blockVersions: Readonly<Record<string, number>>;
  #members: Map<string, MemberRecord>;
  #head: number;
  #countableTotal: number;
  #lastMessage: EntryRecord | undefined;

  constructor(deps: LogWriterDeps) {
    const { store } = deps;
    this.#deps = deps;
    this.#store = store;
    this.#record = store.conversation();
    this.#blockedBy = new Set(JSON.parse(this.#record.blocked_by) as string[]);
    this.#request = this.#record.request === null ? null : (JSON.parse(this.#record.request) as MessageRequest);
    this.#blockVersions = JSON.parse(this.#record.block_versions) as Record<string, number>;
    this.#members = new Map(store.members().map((member) => [member.user_id, member]));
    const head = store.head();
    this.#head = head.message_id;
    this.#countableTotal = head.countable_total;
    this.#recent = new RecentEntries(this.#head);
    this.#lastMessage = this.#head === 0 ? undefined : store.lastMessage();
  }

  get record(): ConversationRecord {
    return this.#record;
  }
  get members(): ReadonlyMap<string, MemberRecord> {
    return this.#members;
  }
  get head(): number {
    return this.#head;
  }
  get countableTotal(): number {
    return this.#countableTotal;
  }
  /** The newest message in its present state. */
  get lastMessage(): EntryRecord | undefined {
    return this.#lastMessage;
  }
  get blockedBy(): ReadonlySet<string> {
    return this.#blockedBy;
  }
  /** Null: nobody ever had to accept. */
  get request(): MessageRequest | null {
    return this.#request;
  }
  setRequest(request: MessageRequest): void {
    this.#store.setRequest(JSON.stringify(request));
    this.#request = request;
  }
  /** Blocked by the other of a direct conversation. */
  silenced(userId: string): boolean {
    return this.#blockedBy.size > (this.#blockedBy.has(userId) ? 1 : 0);
  }

  write<S extends Submission>(batch: readonly S[], now: number): Written<S>[] {
    try {
      return this.#writeAll(batch, now);
    } catch (error) {
      if (batch.length > 1) return batch.flatMap((submission) => this.write([submission], now));
      this.#deps.onError(error);
      return batch.map((submission) => {
        const decision: Decision = { kind: 'refuse', refusal: { code: 'internal', detail: 'not stored' } };
        submission.settle(decision);
        return { submission, decision };
      });
    }
  }

  /** Membership changes and the entries that tell of them; `also` belongs to the same transaction. */
  changeMembers(actorId: string, changes: readonly MembershipChange[], now: number, also: () => void): EntryRecord[] {
    const members = new Map(this.#members);
    const entries = this.#store.transaction(() => {
      also();
      return changes.map((change, index) => {
        const entry = this.#event(actorId, 'membership', change, now, index);
        this.#store.insert(entry);
        this.#applyMembership(members, change, entry.message_id);
        return entry;
      });
    });
    this.#members = members;
    for (const entry of entries) this.#advance(entry, []);
    return entries;
  }

  /** The log was restored: from here on it is another one. */
  takeEpoch(epoch: string): void {
    this.#store.setEpoch(epoch);
    this.#record = { ...this.#record, epoch };
  }

  changeDescription(actorId: string, change: ConversationChange, now: number): EntryRecord {
    const title = change.title === undefined ? this.#record.title : change.title;
    const avatarUrl = change.avatar_url === undefined ? this.#record.avatar_url : change.avatar_url;
    const entry = this.#event(actorId, 'conversation', change, now, 0);
    this.#store.transaction(() => {
      this.#store.insert(entry);
      this.#store.describe(title, avatarUrl);
    });
    this.#record = { ...this.#record, title, avatar_url: avatarUrl };
    this.#advance(entry, []);
    return entry;
  }

  /** Of what one user says, the latest version holds, in whatever order it comes. */
  setBlocked(by: string, blocked: boolean, version: number): void {
    if (version <= (this.#blockVersions[by] ?? 0)) return;
    const blockedBy = new Set(this.#blockedBy);
    if (blocked) blockedBy.add(by);
    else blockedBy.delete(by);
    const versions = { ...this.#blockVersions, [by]: version };
    this.#store.admission.setBlockedBy(JSON.stringify([...blockedBy]), JSON.stringify(versions));
    this.#blockedBy = blockedBy;
    this.#blockVersions = versions;
  }

  /** Those who are there from the beginning: the log, in which there is nothing yet, tells of none. `also` belongs to the same transaction. */
  found(userIds: readonly string[], also: () => void): void {
    const members = new Map(this.#members);
    this.#store.transaction(() => {
      also();
      for (const userId of userIds) {
        const member = { user_id: userId, role: 'member' as const, joined_message_id: 0, seniority: members.size + 1 };
        this.#store.putMember(member);
        members.set(userId, member);
      }
    });
    this.#members = members;
  }

  #writeAll<S extends Submission>(batch: readonly S[], now: number): Written<S>[] {
    const appended: Extract<Decision, { kind: 'append' }>[] = [];
    const ahead = new Map<string, Trace>();
    let request = this.#request;
    const written = this.#store.transaction(() =>
      batch.map((submission): Written<S> => {
        const { senderId, frame } = submission;
        const decision = decide(this.#view(submission, appended.at(-1)?.entry, ahead, request), senderId, frame, now);
        if (decision.kind === 'append') {
          this.#store.insert(decision.entry);
          for (const change of decision.changes) this.#store.change(change);
          const { oldTexts: edit } = decision;
          if (edit !== undefined) this.#store.putOldTexts({ edit, deleted_by: decision.entry.message_id, failures: 0, retry_at: now });
          if (isAnsweredBy(request, senderId, frame)) {
            request = accepted(request, now);
            this.#store.setRequest(JSON.stringify(request));
          }
          appended.push(decision);
          ahead.set(decision.entry.sender_id + decision.entry.global_id, decision.entry);
        }
        submission.settle(decision);
        return { submission, decision };
      }),
    );
    for (const { entry, changes } of appended) this.#advance(entry, changes);
    this.#request = request;
    return written;
  }

  /** What a frame meets: the log as it is, and ahead of it what its batch has decided so far. */
  #view(submission: Submission, last: EntryRecord | undefined, ahead: ReadonlyMap<string, Trace>, request: MessageRequest | null): LogView {
    const known: LogView['knownRepeatOf'] = (senderId, globalId, after) => {
      const trace = ahead.get(senderId + globalId) ?? this.#recent.find(senderId, globalId, after);
      return trace !== undefined && trace.message_id > after ? trace : undefined;
    };
    return {
      head: last?.message_id ?? this.#head,
      countableTotal: last?.countable_total ?? this.#countableTotal,
      role: (userId) => this.#members.get(userId)?.role,
      silenced: (userId) => this.silenced(userId),
      request,
      repeatOf: (senderId, globalId, after) => {
        this.#readBack(after);
        return known(senderId, globalId, after);
      },
      knownRepeatOf: known,
      entry: (messageId) => this.#store.entry(messageId),
      admit: () => submission.admit(),
      full: () => this.#deps.size.full(),
      editRate: this.#deps.editRate,
    };
  }

  /** What is read once for one frame is there for all that follow. */
  #readBack(after: number): void {
    if (this.#recent.covers(after)) return;
    this.#recent.extend(after, [...this.#store.tracesBetween(after, this.#recent.coveredFrom)]);
  }

  #event(
    actorId: string,
    type: 'membership' | 'conversation',
    detail: MembershipChange | ConversationChange,
    now: number,
    ahead: number,
  ): EntryRecord {
    return nextEntry(
      { head: this.#head + ahead, countableTotal: this.#countableTotal },
      { global_id: uuidv7(now), sender_id: actorId, type, timestamp: now, detail: JSON.stringify(detail) },
    );
  }

  #applyMembership(members: Map<string, MemberRecord>, { action, user_id, role }: MembershipChange, messageId: number): void {
    if (action === 'removed' || action === 'left') {
      this.#store.deleteMember(user_id);
      members.delete(user_id);
      return;
    }
    const seniority = Math.max(0, ...[...members.values()].map((member) => member.seniority)) + 1;
    const fresh = { user_id, role: 'member' as const, joined_message_id: messageId, seniority };
    const member = { ...(members.get(user_id) ?? fresh), role: role ?? 'member' };
    this.#store.putMember(member);
    members.set(user_id, member);
  }

  #advance(entry: EntryRecord, changes: readonly { message_id: number; set: Partial<EntryRecord> }[]): void {
    this.#head = entry.message_id;
    this.#countableTotal = entry.countable_total;
    this.#recent.add(entry.sender_id, entry.global_id, entry);
    this.#deps.size.wrote(ROW_BYTES + BYTES_PER_CHARACTER * [entry, ...changes.map(({ set }) => set)].reduce(characters, 0));
    if (isMessageType(entry.type)) this.#lastMessage = entry;
    for (const { message_id, set } of changes) {
      if (this.#lastMessage?.message_id === message_id) this.#lastMessage = Object.assign({ ...this.#lastMessage }, set);
    }
  }
}

/** More than an entry takes besides its text. */
const ROW_BYTES = 1_024;
const BYTES_PER_CHARACTER = 3;
const characters = (sum: number, { content }: Partial<EntryRecord>): number => sum + (content?.length ?? 0);
