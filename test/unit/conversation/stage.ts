/** A conversation's real modules over a storage in memory, with a clock that stands still unless it is moved. */
import type { People } from '../../../durable/conversation/admission/asking.ts';
import type { ConversationKind } from '../../../protocol/conversations.ts';
import type { LogFrame } from '../../../protocol/client-frames.ts';
import type { Assembly, Platform } from '../../../durable/conversation/assembly.ts';
import { assemble, createConversation, nextAlarmAt } from '../../../durable/conversation/assembly.ts';
import { Connection } from '../../../durable/conversation/connections.ts';
import type { Socket } from '../../../durable/kit/connection.ts';
import type { EntryRecord } from '../../../durable/conversation/schema.ts';
import { ConversationStore } from '../../../durable/conversation/store.ts';
import { Alarms } from '../../../durable/kit/alarms.ts';
import { Database, type Usage } from '../../../durable/kit/database.ts';
import type { Delivered, Delivery } from '../../../durable/user-inbox/api.ts';
import type { ServerFrame } from '../../../protocol/server-frames.ts';
import { createClock, type VirtualClock } from '../../support/client-clock.ts';
import { everybodyAgrees } from '../../support/people-asked.ts';
import { SqliteStorage } from '../../support/sqlite-storage.ts';

export const CONVERSATION = '00000000-0000-4000-8000-00000000c0de';
export const user = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
let ids = 0;
export const uuid = (): string => `10000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`;

export const textFrame = (content: string, more: Partial<Extract<LogFrame, { op: 'send' }>> = {}): Extract<LogFrame, { op: 'send' }> => ({
  op: 'send',
  global_id: uuid(),
  type: 'text',
  content,
  ...more,
});

export interface Stage {
  clock: VirtualClock;
  storage: SqliteStorage;
  assembly: Assembly;
  alarms: Alarms;
  errors: string[];
  /** Replace to answer differently. */
  deliver: (delivery: Delivery) => Promise<Delivered>;
  archive: (rows: readonly EntryRecord[]) => Promise<void>;
  clearArchive: () => Promise<boolean>;
  /** Whether those who wake from here on have an archive. */
  archives: boolean;
  projectMembers: (version: number, userIds: readonly string[]) => Promise<void>;
  /** Users' objects. */
  people: People;
  /** When a socket was last heard; at its opening unless it is replaced. */
  pingedAt: (socket: Socket) => number;
  /** Of this life of the object. */
  usage(): Usage;
  /** The turn ends and is on disk. */
  commit(): void;
  /** The process dies; a new one wakes over what was on disk. */
  crash(): Promise<void>;
  write(userId: string, frame: LogFrame): void;
  join(userId: string, after?: number): TestSocket;
  log(): EntryRecord[];
}

export interface Setting {
  size?: number;
  kind?: ConversationKind;
  /** The second user has to accept it. */
  asks?: boolean;
  archives?: boolean;
}

export async function stage({ size = 3, kind = 'group', asks = false, archives = true }: Setting = {}): Promise<Stage> {
  const storage = new SqliteStorage();
  const clock = createClock();
  const [creator_id, ...member_ids] = Array.from({ length: size }, (_, index) => user(index + 1));
  const creation = {
    conversation_id: CONVERSATION,
    kind,
    title: kind === 'group' ? 'A group' : null,
    creator_id: creator_id!,
    member_ids,
    asks,
  };
  createConversation(new ConversationStore(new Database(storage.handle())), creation, clock.now());
  storage.commit();
  const set: Stage = {
    clock,
    storage,
    assembly: undefined!,
    alarms: undefined!,
    errors: [],
    deliver: () => Promise.resolve({ stored: true, live_elsewhere: false, read_receipts: true }),
    archive: () => Promise.resolve(),
    archives,
    clearArchive: () => Promise.resolve(true),
    usage: () => usage,
    projectMembers: () => Promise.resolve(),
    people: everybodyAgrees,
    pingedAt: () => 0,
    commit: () => storage.commit(),
    crash: async () => {
      storage.crash();
      await wake();
    },
    write: (userId, frame) => {
      const written = set.assembly.room.submit(userId, frame);
      if (!written.ok) throw new Error(written.refusal.detail);
    },
    join: (userId, after = 0) => {
      const socket = new TestSocket();
      const origin = { user_id: userId, device_id: uuid(), session_id: uuid(), expires_at: Number.MAX_SAFE_INTEGER };
      set.assembly.sockets.open(socket, origin, after);
      return socket;
    },
    log: () => storage.rows<EntryRecord>('SELECT * FROM messages ORDER BY message_id'),
  };
  let lives = 0;
  let usage: Usage;
  const wake = async (): Promise<void> => {
    const life = ++lives;
    const db = new Database(storage.handle(() => life === lives));
    usage = db.usage;
    const store = new ConversationStore(db);
    store.open();
    set.alarms = new Alarms(db);
    await set.alarms.restore();
    const platform: Platform = {
      store,
      alarms: set.alarms,
      sockets: [],
      pingedAt: (socket) => set.pingedAt(socket),
      deliver: (delivery) => set.deliver(delivery),
      archive: set.archives ? (_id, rows) => set.archive(rows) : null,
      clearArchive: () => set.clearArchive(),
      projectMembers: (_id, version, userIds) => set.projectMembers(version, userIds),
      people: {
        mayAdd: (...asked) => set.people.mayAdd(...asked),
        mayBeAdded: (...asked) => set.people.mayBeAdded(...asked),
        giveBack: (...asked) => set.people.giveBack(...asked),
      },
      rateFactor: 100,
      bytesMax: Infinity,
      now: () => clock.now(),
      schedule: (callback, delayMs) => void clock.setTimer(() => (life === lives ? callback() : undefined), delayMs),
      onError: (event, error) => void set.errors.push(`${event}: ${(error as Error).message}`),
      onRefused: () => undefined,
    };
    set.assembly = assemble(platform);
    // The first one has just been created, as far as the platform knows.
    if (life > 1)
      set.alarms.resume(
        () => nextAlarmAt(set.assembly),
        (error) => platform.onError('alarm_failed', error),
      );
  };
  await wake();
  return set;
}

/** Remembers what it was told, and keeps its attachment. */
export class TestSocket implements Socket {
  readonly texts: string[] = [];
  closed: number | undefined;
  #attachment = '';

  get frames(): ServerFrame[] {
    return this.texts.flatMap((text) => JSON.parse(text) as ServerFrame | ServerFrame[]);
  }
  send(text: string): void {
    this.texts.push(text);
  }
  close(code?: number): void {
    this.closed = code;
  }
  serializeAttachment(attachment: unknown): void {
    this.#attachment = JSON.stringify(attachment);
  }
  deserializeAttachment(): unknown {
    return JSON.parse(this.#attachment);
  }
}

export const connectionOf = (
  userId: string,
  deviceId = uuid(),
  expiresAt = Number.MAX_SAFE_INTEGER,
): { connection: Connection; socket: TestSocket } => {
  const socket = new TestSocket();
  const attachment = {
    user_id: userId,
    device_id: deviceId,
    session_id: uuid(),
    expires_at: expiresAt,
    opened_at: 1_800_000_000_000,
    delivered: 0,
    read: 0,
    held: null,
  };
  return { connection: new Connection(socket, attachment), socket };
};
