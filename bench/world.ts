/**
 * One conversation and its members' objects, the real modules of both, with counters on every call
 * between them. A call takes no time, as the clock goes: what is counted here is what is paid for.
 */
import { assemble, createConversation, deliveredByInbox, exactly, ring, type Assembly } from '../durable/conversation/assembly.ts';
import { ConversationStore } from '../durable/conversation/store.ts';
import type { Usage } from '../durable/kit/database.ts';
import { createClock, type Clock } from './clock.ts';
import { createObject } from './object.ts';
import { createPerson, fail, type Person, type Place } from './person.ts';
import { createQueue } from './queue.ts';
import { BenchSocket } from './socket.ts';

export interface Counts {
  conversationRows: number;
  inboxRows: number;
  /** Of those rows. */
  alarms: number;
  archiveRows: number;
  deliver: number;
  exact: number;
  delivered: number;
  consumer: number;
  queue: number;
  notifications: number;
}

export interface World {
  clock: Clock;
  send(): void;
  counts(): Counts;
}

/** What is read is told so long after it was shown, by the client. */
const READ_AFTER_MS = 1_000;
const CONVERSATION = idOf(0xc0de);

export async function createWorld(places: readonly Place[]): Promise<World> {
  const clock = createClock();
  const calls = { deliver: 0, exact: 0, delivered: 0, archiveRows: 0 };
  const people = new Map<string, Person>();
  const queue = createQueue(clock, (userId) => people.get(userId)!);
  for (const [index, place] of places.entries()) {
    const userId = idOf(index + 1);
    const person = createPerson({
      clock,
      userId,
      place,
      conversationId: CONVERSATION,
      exact: async (_id, live) => {
        calls.exact += 1;
        return exactly(open, userId, live);
      },
      delivered: async (_id, messageId) => {
        calls.delivered += 1;
        deliveredByInbox(open, userId, messageId);
      },
      enqueue: queue.enqueue,
    });
    people.set(userId, person);
  }

  const { db, alarms } = createObject(clock, () => ring(open, { alarms, now: () => clock.now() }));
  const store = new ConversationStore(db);
  const nobody = () => Promise.reject(new Error('nobody is added here'));
  const [creator_id, ...member_ids] = people.keys();
  const kind = places.length === 2 ? 'direct' : 'group';
  const title = kind === 'group' ? 'A group' : null;
  createConversation(store, { conversation_id: CONVERSATION, kind, title, creator_id: creator_id!, member_ids }, clock.now());
  const open: Assembly = assemble({
    store,
    alarms,
    sockets: [],
    pingedAt: () => clock.now(),
    deliver: (delivery) => {
      calls.deliver += 1;
      return people.get(delivery.user_id)!.deliver(delivery);
    },
    archive: async (_id, rows) => void (calls.archiveRows += rows.length),
    clearArchive: () => Promise.resolve(true),
    projectMembers: () => Promise.resolve(),
    people: { mayAdd: nobody, mayBeAdded: nobody, giveBack: nobody },
    rateFactor: 1,
    bytesMax: Infinity,
    now: () => clock.now(),
    schedule: (callback, delayMs) => clock.schedule(callback, delayMs),
    onError: (event, error) => fail(event, error),
    onRefused: ({ detail }) => fail('refused', detail),
  });
  open.outbox.moved();

  const sockets = new Map<string, BenchSocket>();
  for (const person of people.values()) {
    if (person.place !== 'away') await person.come();
    if (person.place === 'here') sockets.set(person.userId, reader(person, open, clock));
  }
  const all = [...people.values()];
  return {
    clock,
    send() {
      const after_message_id = open.writer.head;
      const frame = { op: 'send' as const, global_id: idOf(0x5e4d_0000 + after_message_id), type: 'text' as const, content: 'Hello!' };
      const socket = sockets.get(creator_id!);
      if (socket !== undefined) return open.sockets.receive(socket, JSON.stringify({ ...frame, after_message_id }));
      const { ok } = open.room.submit(creator_id!, frame);
      if (!ok) fail('refused', frame);
    },
    counts: () => ({
      conversationRows: db.usage.rowsWritten,
      inboxRows: sum(all, ({ rowsWritten }) => rowsWritten),
      alarms: db.usage.alarmsSet + sum(all, ({ alarmsSet }) => alarmsSet),
      archiveRows: calls.archiveRows,
      deliver: calls.deliver,
      exact: calls.exact,
      delivered: calls.delivered,
      consumer: queue.counts.calls,
      queue: queue.counts.operations,
      notifications: queue.counts.notifications,
    }),
  };
}

/** The socket of one who looks at the conversation. */
function reader({ origin }: Person, open: Assembly, clock: Clock): BenchSocket {
  let [reached, isPending] = [0, false];
  const socket: BenchSocket = new BenchSocket(({ op, message, message_id }) => {
    if (op === 'nack' || op === 'error') fail('refused', op);
    if (op !== 'message') return;
    reached = message?.message_id ?? message_id ?? reached;
    if (isPending) return;
    isPending = true;
    clock.schedule(() => {
      isPending = false;
      open.sockets.receive(socket, JSON.stringify({ op: 'read', message_id: reached }));
    }, READ_AFTER_MS);
  });
  open.sockets.open(socket, origin, 0);
  return socket;
}

const sum = (people: readonly Person[], of: (usage: Usage) => number): number => people.reduce((total, { db }) => total + of(db.usage), 0);

function idOf(number: number): string {
  return `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}
