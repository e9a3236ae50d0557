/** One user's notifications over a real store, the rest of the world in memory. */
import type { PushAddress } from '../../../protocol/devices.ts';
import { Database } from '../../../durable/kit/database.ts';
import { createSchema } from '../../../durable/kit/migrate.ts';
import type { Delivery } from '../../../durable/user-inbox/api.ts';
import type { PushJob, PushResult, PushSend } from '../../../durable/user-inbox/push-api.ts';
import { PushStore } from '../../../durable/user-inbox/push-store.ts';
import type { PushConnection } from '../../../durable/user-inbox/push-looks.ts';
import { Pushes } from '../../../durable/user-inbox/pushes.ts';
import { InboxStore } from '../../../durable/user-inbox/store.ts';
import { MIGRATIONS, type InboxRecord } from '../../../durable/user-inbox/schema.ts';
import { SqliteStorage } from '../../support/sqlite-storage.ts';

export const START = 10_000_000;
export const PHONE: PushSend = { device_id: 'phone', address: { kind: 'fcm', token: 'p' } };
export const TABLET: PushSend = { device_id: 'tablet', address: { kind: 'fcm', token: 't' } };

type FakeSocket = PushConnection & { heardAt: number };

export class PushStage {
  now = START;
  addresses = [PHONE];
  sockets: FakeSocket[] = [];
  isQueueDown = false;
  readonly blocked = new Set<string>();
  readonly queued: { job: PushJob; delaySeconds: number }[] = [];
  readonly forgotten: [string, PushAddress][] = [];
  readonly armed: number[] = [];
  readonly closed: [string, number][] = [];
  /** What the conversation says when it is asked: null for nothing new. */
  exact: (conversationId: string) => Promise<Delivery | null> = () => Promise.resolve(null);
  db: Database;
  pushes: Pushes;
  readonly #storage = new SqliteStorage();

  /** @param exists false: nothing was ever written */
  constructor(exists = true) {
    this.db = new Database(this.#storage.handle());
    if (exists) createSchema(this.db, MIGRATIONS);
    this.pushes = this.#make();
    if (exists) this.put({ conversation_id: 'c' });
  }

  /** A new process over what is stored. */
  wake(): void {
    this.db = new Database(this.#storage.handle());
    this.pushes = this.#make();
  }

  row(conversationId: string): InboxRecord | undefined {
    return this.#storage.rows<InboxRecord>('SELECT * FROM conversations WHERE conversation_id = ?', conversationId)[0];
  }

  /** A direct conversation with one unread message, or what `more` makes of it. */
  put(more: Partial<InboxRecord> & { conversation_id: string }, messageId = 1): InboxRecord {
    const last = { message_id: messageId, sender_id: 'ben', type: 'text', content: 'a secret', timestamp: START };
    const record = {
      kind: 'direct',
      role: 'member',
      title: null,
      members: '["ann","ben"]',
      last_message_id: messageId,
      last_message: JSON.stringify(last),
      countable_total: messageId,
      read_message_id: 0,
      read_total: 0,
      mentioned_in: '[]',
      muted_until: null,
      pinned: 0,
      archived: 0,
      marked_unread: 0,
      updated_at: START,
      activity: messageId,
      version: messageId,
      ...more,
    };
    const columns = Object.keys(record);
    this.db.run(
      `INSERT INTO conversations (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
        ON CONFLICT (conversation_id) DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}`,
      ...(Object.values(record) as (string | number | null)[]),
    );
    return this.row(record.conversation_id)!;
  }

  /** As the object does it: the row is written with what is known by then. */
  delivered(row: InboxRecord, isStored = true): Promise<void> {
    const delivery = seen();
    if (isStored) this.put(this.pushes.foreseen(row, delivery), JSON.parse(row.last_message!).message_id as number);
    return this.pushes.delivered(row, delivery, isStored);
  }

  socket(device_id: string, more: Partial<PushConnection['attachment']> & { heardAt?: number } = {}): FakeSocket {
    const { heardAt = this.now, ...attachment } = more;
    const connection = { attachment: { device_id, active: true, owed: {}, ...attachment }, heardAt };
    this.sockets.push(connection);
    return connection;
  }

  job(more: Partial<PushJob> = {}): PushJob {
    return { user_id: 'ann', conversation_id: 'c', message_id: 1, queued_at: this.now, ...more };
  }

  reasons(): string[] {
    return this.pushes.log().map(({ reason }) => reason);
  }

  written(work: () => void): number {
    const before = this.db.usage.rowsWritten;
    work();
    return this.db.usage.rowsWritten - before;
  }

  #make(): Pushes {
    return new Pushes({
      store: new InboxStore(this.db),
      pushStore: new PushStore(this.db),
      devices: {
        addresses: () => this.addresses,
        forgetAddress: (deviceId, address) => void this.forgotten.push([deviceId, address]),
      },
      connections: {
        all: () => this.sockets,
        fresh: (at) => this.sockets.filter(({ heardAt }) => at - heardAt <= 30_000),
        heardAt: (connection) => (connection as FakeSocket).heardAt,
        close: (connection, code) => void this.closed.push([connection.attachment.device_id, code]),
      },
      enqueue: async (job, delaySeconds) => {
        if (this.isQueueDown) throw new Error('the queue is down');
        this.queued.push({ job, delaySeconds });
      },
      exact: (conversationId) => this.exact(conversationId),
      merge: (delivery) => this.row(delivery.conversation_id),
      isBlocked: (userId) => this.blocked.has(userId),
      userId: () => 'ann',
      now: () => this.now,
      owed: () => undefined,
      arm: (at) => void this.armed.push(at),
      onError: () => undefined,
    });
  }
}

/** What a delivery says beyond the row. */
export const seen = (more: Partial<Delivery> = {}): Delivery =>
  ({ conversation_id: 'c', here: [], delivered_message_id: 0, ...more }) as Delivery;

export const result = (target: PushSend, reason: PushResult['reason'], more: Partial<PushResult> = {}): PushResult => ({
  conversation_id: 'c',
  message_id: 1,
  ...target,
  reason,
  will_retry: false,
  ...more,
});
