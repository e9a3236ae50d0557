/**
 * A small world for the client: users on devices, one server, bad weather, crashes; all from one seed.
 * While it runs it holds what must be true at any moment against every client; at the end, what must
 * be true once the sun has come out. The first breach is remembered with its instant.
 */
import { createClient, type ClientStorage, type ConversationHandle } from '../../client/src/index.ts';
import type { Message } from '../../protocol/message.ts';
import { createClock, microtasks, turn } from './client-clock.ts';
import { Disk } from './client-disk.ts';
import { endBreaches, sendingBreaches, timelineBreaches, wireBreaches } from './client-invariants.ts';
import { Locks } from './client-locks.ts';
import { createChance } from './client-random.ts';
import { roughMood, roughWeather } from './client-weather.ts';
import { FAIR, FakeNetwork } from './fake-server/network.ts';
import { FakeServer, GOOD_MOOD } from './fake-server/server.ts';

export const CONVERSATION = '00000000-0000-4000-8000-00000000c0de';
const WEATHER_MS = 45_000;
const SUNSHINE_MS = 45_000;

export interface WorldOptions {
  seed: number;
  storage: () => ClientStorage;
  /** How many of each user's acts. */
  acts?: number;
}

interface Device {
  userId: string;
  disk: Disk;
  running: Running;
  /** Messages in sending order; those that never reached the disk before a crash are taken out. */
  sent: string[];
  /** How often it was started. */
  starts: number;
}

interface Running {
  handle: ConversationHandle;
  kill(): void;
}

export interface Outcome {
  breaches: string[];
  entries: number;
  starts: number;
  repeats: number;
}

export async function runWorld({ seed, storage, acts = 18 }: WorldOptions): Promise<Outcome> {
  const chance = createChance(seed);
  const devices: Device[] = [];
  const clock = createClock(undefined, async () => {
    await microtasks();
    while (devices.some(({ disk }) => !disk.isAtRest)) await turn();
  });
  // A user with two devices, and others.
  const locks = new Locks();
  const userIds = ['user-a', 'user-a', 'user-b', 'user-c'];
  const server = new FakeServer(CONVERSATION, ['user-a', 'user-b', 'user-c'], clock.now, roughMood(chance), chance.pick([30, 200, 10_000]));
  const network = new FakeNetwork(clock, chance, server, roughWeather(chance));
  const breaches: string[] = [];
  const breach = (what: string) => breaches.push(`${what} (at ${clock.now() - 1_800_000_000_000} ms)`);

  for (const userId of userIds) {
    const disk = new Disk(storage(), clock, chance);
    const device: Device = { userId, disk, sent: [], starts: 1, running: start(disk, userId) };
    devices.push(device);
    schedule(device);
  }
  for (let index = 0; index < 5; index++) clock.setTimer(() => shake(), chance.between(0, WEATHER_MS));

  await clock.run(WEATHER_MS);
  network.weather = FAIR;
  server.mood = GOOD_MOOD;
  for (const device of devices) if (chance.happens(0.5)) device.running.handle.open();
  await clock.run(SUNSHINE_MS);
  for (const device of devices) {
    device.running.handle.open();
    // What it has comes from the disk and, the first time, from the newest page; what is older has to be asked for.
    await clock.run(1_000);
    for (let page = 0; page < 50 && device.running.handle.timeline.get().hasOlder; page++) {
      void device.running.handle.loadOlder().catch((error: unknown) => breach(`history cannot be read: ${String(error)}`));
      await clock.run(1_000);
    }
  }
  await clock.run(SUNSHINE_MS);
  atTheEnd();
  for (const { running } of devices) running.handle.close();
  return {
    breaches,
    entries: server.log.head,
    starts: devices.reduce((sum, { starts }) => sum + starts, 0),
    repeats: server.received.length - new Set(server.received.map(({ frame }) => frame.global_id)).size,
  };

  function start(disk: Disk, userId: string): Running {
    let isAlive = true;
    const uplink = network.uplink(() => isAlive);
    const client = createClient({
      url: 'http://server',
      auth: { kind: 'token', token: userId },
      storage: disk.mount(() => isAlive),
      environment: {
        now: clock.now,
        random: chance,
        setTimer: (callback, delayMs) => clock.setTimer(() => isAlive && callback(), delayMs),
        fetch: uplink.fetch,
        openSocket: uplink.openSocket,
        lock: locks.mount(() => isAlive),
        onlineHint: (listener) => {
          const cancels = [1, 2].map(() =>
            clock.setTimer(
              () => isAlive && listener(chance.pick(['online', 'offline', 'online', 'visible'])),
              chance.between(0, WEATHER_MS),
            ),
          );
          return () => cancels.forEach((cancel) => cancel());
        },
      },
    });
    const handle = client.conversation(CONVERSATION);
    let seen: unknown;
    handle.timeline.subscribe(() => {
      const { entries } = handle.timeline.get();
      if (entries !== seen) atAnyMoment(userId, handle, uplink.openSockets());
      seen = entries;
    });
    return {
      handle,
      kill() {
        isAlive = false;
        uplink.cut();
        locks.bury();
      },
    };
  }

  function schedule(device: Device): void {
    for (let act = 0; act < acts; act++) clock.setTimer(() => perform(device), chance.between(0, WEATHER_MS));
  }

  function perform(device: Device): void {
    const { handle } = device.running;
    const dice = chance();
    if (dice < 0.55) {
      const burst = chance.happens(0.2) ? chance.between(2, 8) : 1;
      for (let index = 0; index < burst; index++)
        device.sent.push(handle.send({ content: `${device.userId} ${chance()}` }).entry.global_id);
    } else if (dice < 0.75) changeSomething(handle, device.userId);
    else if (dice < 0.8) void handle.loadOlder().catch(() => {});
    else if (dice < 0.85) handle.markRead(handle.timeline.get().lastMessageId);
    else if (dice < 0.88) handle.setTyping(chance.happens(0.5));
    else if (dice < 0.92) handle.close();
    else if (dice < 0.97) handle.open();
    else crash(device);
  }

  function changeSomething(handle: ConversationHandle, userId: string): void {
    const shown = handle.timeline
      .get()
      .entries.flatMap((entry) => (entry.kind === 'message' && !entry.message.deleted ? [entry.message] : []));
    if (shown.length === 0) return;
    const own = shown.filter((message) => message.sender_id === userId && message.type === 'text');
    const dice = chance();
    if (dice < 0.5 || own.length === 0)
      void handle.react(chance.pick(shown).message_id, chance.pick(['👍', '🎉']), chance.happens(0.7)).catch(() => {});
    else if (dice < 0.9) void handle.edit(chance.pick(own).message_id, `${userId} edits ${chance()}`).catch(() => {});
    else void handle.delete(chance.pick(own).message_id).catch(() => {});
  }

  function crash(device: Device): void {
    device.running.kill();
    const inLog = new Set(server.log.all().map(({ global_id }) => global_id));
    device.sent = device.sent.filter((globalId) => device.disk.durableAt.has(globalId) || inLog.has(globalId));
    device.starts++;
    device.running = start(device.disk, device.userId);
  }

  function shake(): void {
    const dice = chance();
    if (dice < 0.3) server.restart(1012, chance.pick(['{"retry_after":2}', '3', '']));
    else if (dice < 0.5) server.restart(1006, '');
    else if (dice < 0.7) network.cutAll();
    else
      server.happen(
        chance.pick([
          {
            global_id: `join-${clock.now()}`,
            sender_id: 'user-b',
            type: 'membership',
            content: '',
            membership: { action: 'role', user_id: 'user-c', role: 'admin' },
          },
          { global_id: `title-${clock.now()}`, sender_id: 'user-b', type: 'conversation', content: '', conversation: { title: 'new' } },
          { global_id: `poll-${clock.now()}`, sender_id: 'user-b', type: 'poll' as Message['type'], content: 'from the future' },
        ] as const),
      );
  }

  function atAnyMoment(userId: string, handle: ConversationHandle, sockets: number): void {
    if (breaches.length > 0) return;
    if (sockets > 1) breach(`${userId} has ${sockets} sockets`);
    for (const what of timelineBreaches(handle.timeline.get(), server.log)) breach(`${userId} ${what}`);
  }

  function atTheEnd(): void {
    for (const { userId, running, sent } of devices) {
      for (const what of endBreaches(running.handle.timeline.get(), server.log)) breach(`${userId} ${what}`);
      for (const what of sendingBreaches(sent, server.log)) breach(`${userId} ${what}`);
    }
    for (const what of wireBreaches(
      server,
      devices.map(({ disk }) => disk),
    ))
      breach(what);
  }
}
