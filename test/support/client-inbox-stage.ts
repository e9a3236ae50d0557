/** A few conversations and their inboxes in fair weather, for tests of the whole client: time is turned by hand. */
import { memoryStorage, type ClientStorage } from '../../client/src/index.ts';
import { createClock, microtasks, type VirtualClock } from './client-clock.ts';
import { Disk } from './client-disk.ts';
import { Locks } from './client-locks.ts';
import { startProgram, type Program } from './client-program.ts';
import { createChance } from './client-random.ts';
import { FakeNetwork } from './fake-server/network.ts';
import { GOOD_MOOD } from './fake-server/server.ts';
import { FakeService } from './fake-server/service.ts';

export const ANN = 'user-ann';
export const BEN = 'user-ben';
export const idOf = (letter: string): string => `00000000-0000-4000-8000-00000000000${letter}`;

export interface InboxStage {
  clock: VirtualClock;
  service: FakeService;
  network: FakeNetwork;
  /** What arrived on inbox sockets, pings left out. */
  heard: unknown[];
  requests(what: string): string[];
  start(userId: string, storage?: ClientStorage, deviceId?: string): Program;
  /** A tab of the one browser, made for this user; with the credential of whoever is signed in there (`network.cookie`). */
  openTab(userId: string, storage?: ClientStorage): Program;
  /** Messages of Ben's. */
  write(letter: string, count?: number): void;
}

export function createInboxStage(letters = 'abcde'): InboxStage {
  const clock = createClock(undefined, microtasks);
  const chance = createChance(1);
  const inboxMood = { showsFirst: () => false, pageMax: 50 };
  const service = new FakeService(letters.split('').map(idOf), [ANN, BEN], clock, chance, GOOD_MOOD, inboxMood);
  const network = new FakeNetwork(clock, chance, service);
  const heard: unknown[] = [];
  for (const inbox of service.inboxes.values()) inbox.onHeard = (frame) => void heard.push(frame);
  const browser = new Locks();
  const common = { clock, chance, network, hasWorker: false };
  return {
    clock,
    service,
    network,
    heard,
    requests: (what) => service.requests.filter((request) => request.includes(what)),
    start: (userId, storage = memoryStorage(), deviceId = `device-${userId}`) =>
      startProgram({ ...common, locks: new Locks(), disk: new Disk(storage, clock, chance), userId, deviceId }),
    openTab: (userId, storage = memoryStorage()) =>
      startProgram({ ...common, locks: browser, disk: new Disk(storage, clock, chance), userId, deviceId: 'device-browser', isTab: true }),
    write(letter, count = 1) {
      const conversation = service.conversations.get(idOf(letter))!;
      for (let index = 0; index < count; index++) {
        const number = conversation.log.head + 1;
        conversation.happen({ global_id: `ben-${number}`, sender_id: BEN, type: 'text', content: `text ${number}` });
      }
    },
  };
}
