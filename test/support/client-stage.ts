/**
 * One conversation on a fake server in fair weather, for tests of the whole client: programs are started
 * on a storage and killed, time is turned by hand, and the server says what it got.
 */
import {
  createClient,
  memoryStorage,
  type Client,
  type ClientStorage,
  type ConversationHandle,
  type NetworkHint,
} from '../../client/src/index.ts';
import { createClock, microtasks, type VirtualClock } from './client-clock.ts';
import { messagesOf } from './client-invariants.ts';
import { Locks } from './client-locks.ts';
import { createChance } from './client-random.ts';
import { FakeNetwork } from './fake-server/network.ts';
import { FakeServer } from './fake-server/server.ts';

export const ANN = 'user-ann';
export const BEN = 'user-ben';
export const CONVERSATION = '00000000-0000-4000-8000-00000000c0de';

export interface Program {
  client: Client;
  handle: ConversationHandle;
  storage: ClientStorage;
  openSockets(): number;
  /** What a page hears from its browser. */
  hint(hint: NetworkHint): void;
  /** The process ends: nothing it had set going goes on. */
  kill(): void;
  /** Numbers in the timeline, and the texts that are not in the log. */
  shown(): { log: number[]; local: string[] };
}

export interface Stage {
  clock: VirtualClock;
  server: FakeServer;
  network: FakeNetwork;
  start(userId: string, storage?: ClientStorage): Program;
  /** Entries of Ben's that come from nowhere. */
  write(count: number): void;
}

export function createStage(): Stage {
  const clock = createClock(undefined, microtasks);
  const chance = createChance(1);
  const server = new FakeServer(CONVERSATION, [ANN, BEN], clock.now);
  const network = new FakeNetwork(clock, chance, server);
  const locks = new Locks();
  return {
    clock,
    server,
    network,
    write(count) {
      for (let index = 0; index < count; index++) {
        const number = server.log.head + 1;
        server.happen({ global_id: `ben-${number}`, sender_id: BEN, type: 'text', content: `text ${number}` });
      }
    },
    start(userId, storage = memoryStorage()) {
      let isAlive = true;
      const listeners = new Set<(hint: NetworkHint) => void>();
      const uplink = network.uplink(() => isAlive);
      const client = createClient({
        url: 'http://server',
        auth: { kind: 'token', token: userId },
        storage,
        environment: {
          now: clock.now,
          random: chance,
          setTimer: (callback, delayMs) => clock.setTimer(() => isAlive && callback(), delayMs),
          fetch: uplink.fetch,
          openSocket: uplink.openSocket,
          lock: locks.mount(() => isAlive),
          onlineHint(listener) {
            listeners.add(listener);
            return () => void listeners.delete(listener);
          },
        },
      });
      const handle = client.conversation(CONVERSATION);
      return {
        client,
        handle,
        storage,
        openSockets: uplink.openSockets,
        hint: (hint) => listeners.forEach((listener) => listener(hint)),
        kill() {
          isAlive = false;
          uplink.cut();
          locks.bury();
        },
        shown() {
          const view = handle.timeline.get();
          return {
            log: messagesOf(view).map(({ message_id }) => message_id),
            local: view.entries.flatMap((entry) => (entry.kind === 'local' ? [entry.entry.content] : [])),
          };
        },
      };
    },
  };
}
