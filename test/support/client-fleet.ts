/**
 * A fleet: users on several devices, several conversations, an inbox each, bad weather, deploys, evictions; all from
 * one seed. In the end every device has the same timelines, the same rows and the counts of the logs themselves.
 */
import { isDeepStrictEqual } from 'node:util';
import { memoryStorage, type ConversationHandle, type InboxView } from '../../client/src/index.ts';
import { createClock, microtasks } from './client-clock.ts';
import { Disk } from './client-disk.ts';
import { endBreaches, sendingBreaches, timelineBreaches, wireBreaches } from './client-invariants.ts';
import { Locks } from './client-locks.ts';
import { startProgram, type Program } from './client-program.ts';
import { createChance } from './client-random.ts';
import { roughMood, roughWeather } from './client-weather.ts';
import { FAIR, FakeNetwork } from './fake-server/network.ts';
import { GOOD_MOOD } from './fake-server/server.ts';
import { FakeService } from './fake-server/service.ts';

const WEATHER_MS = 60_000;
const SUNSHINE_MS = 90_000;
const IDS = ['a', 'b', 'c', 'd', 'e'].map((letter) => `00000000-0000-4000-8000-00000000000${letter}`);
/** Two devices of one user, and two others; the last may be removed from the last conversation, and only reads there. */
const USERS = ['user-a', 'user-a', 'user-b', 'user-c'];
const READER = 'user-c';
const READ_ONLY = IDS.at(-1)!;

interface Device {
  userId: string;
  disk: Disk;
  locks: Locks;
  program: Program;
  sent: Map<string, string[]>;
}

export interface FleetOutcome {
  breaches: string[];
  entries: number;
  starts: number;
  acks: number;
}

export async function runFleet(seed: number, acts = 22): Promise<FleetOutcome> {
  const chance = createChance(seed);
  const clock = createClock(undefined, microtasks);
  const often = chance.pick([0, 0.3, 0.8]);
  const inboxMood = { showsFirst: () => chance.happens(often), pageMax: chance.pick([2, 50]) };
  const service = new FakeService(IDS, [...new Set(USERS)], clock, chance, roughMood(chance), inboxMood);
  const network = new FakeNetwork(clock, chance, service, roughWeather(chance));
  const breaches: string[] = [];
  const breach = (what: string) => void (breaches.length < 5 && breaches.push(`${what} (at ${clock.now() - 1_800_000_000_000} ms)`));
  let starts = 0;
  let acks = 0;

  const devices = USERS.map((userId, index): Device => {
    const disk = new Disk(memoryStorage(), clock, chance);
    const locks = new Locks();
    const device: Device = {
      userId,
      disk,
      locks,
      program: start({ userId, disk, locks }, index),
      sent: new Map(IDS.map((id) => [id, []])),
    };
    for (let act = 0; act < acts; act++) clock.setTimer(() => perform(device, index), chance.between(0, WEATHER_MS));
    return device;
  });
  for (const inbox of service.inboxes.values()) {
    inbox.onAck = (deviceId, cursor) => {
      acks++;
      const disk = devices[Number(deviceId.at(-1))]?.disk;
      if (disk && cursor > disk.inboxCursor) breach(`${deviceId} acknowledges ${cursor} before it is on its disk`);
    };
  }
  for (let index = 0; index < 6; index++) clock.setTimer(shake, chance.between(0, WEATHER_MS));

  await clock.run(WEATHER_MS);
  network.weather = FAIR;
  service.mood = GOOD_MOOD;
  if (!service.conversations.get(READ_ONLY)!.isMember(READER)) service.rejoin(service.conversations.get(READ_ONLY)!, READER);
  for (const { program } of devices) {
    program.hide(false);
    program.client.inbox.open();
  }
  await clock.run(SUNSHINE_MS);
  // A connection of a program that is dead may have come late and taken the place of the living one: the user looks.
  for (const { program } of devices) program.client.setActive(true);
  // What was typed waits in the outboxes: opened, they empty themselves, however few sockets there are.
  for (const { program } of devices) for (const id of await pending(program)) program.client.conversation(id).open();
  await clock.run(SUNSHINE_MS);
  service.deploy(1012, '{"retry_after":5}');
  await clock.run(SUNSHINE_MS);
  for (const [index, device] of devices.entries()) rowsAtTheEnd(device, index);
  for (const device of devices) for (const id of IDS) await readAll(device, id);
  await clock.run(SUNSHINE_MS);
  for (const [index, device] of devices.entries()) atTheEnd(device, index);
  for (const { log, received } of service.conversations.values())
    for (const what of wireBreaches({ log, received }, devices.map(({ disk }) => disk))) breach(what); // prettier-ignore
  for (const { program } of devices) void program.client.close();
  return { breaches, entries: [...service.conversations.values()].reduce((sum, { log }) => sum + log.head, 0), starts, acks };

  function start({ userId, disk, locks }: Pick<Device, 'userId' | 'disk' | 'locks'>, index: number): Program {
    starts++;
    const program = startProgram({
      clock,
      chance,
      network,
      locks,
      disk,
      userId,
      deviceId: `device-${index}`,
      hasWorker: chance.happens(0.5),
    });
    const { inbox } = program.client;
    let before: InboxView | undefined;
    inbox.view.subscribe(() => {
      const view = inbox.view.get();
      for (const what of viewBreaches(view, before)) breach(`${userId} on ${index} ${what}`);
      if (program.openSockets() > 4) breach(`${userId} on ${index} has ${program.openSockets()} sockets`);
      before = view;
    });
    for (const id of IDS) {
      const handle = program.client.conversation(id);
      let seen: unknown;
      // Looks without subscribing, which would open it.
      inbox.view.subscribe(() => {
        const view = handle.timeline.get();
        if (view.entries === seen) return;
        seen = view.entries;
        for (const what of timelineBreaches(view, service.conversations.get(id)!.log))
          breach(`${userId} on ${index} in ${id.at(-1)} ${what}`);
      });
    }
    return program;
  }

  async function pending({ client }: Program): Promise<string[]> {
    let found: string[] = [];
    void client.pending().then((ids) => (found = ids));
    await clock.run(1_000);
    return found;
  }

  function perform(device: Device, index: number): void {
    const { program, userId } = device;
    const { client } = program;
    const id = chance.pick(IDS);
    const handle = client.conversation(id);
    const isReader = userId === READER && id === READ_ONLY;
    const dice = chance();
    if (dice < 0.3) {
      if (!isReader) device.sent.get(id)!.push(handle.send({ content: `${userId} ${chance()}`, ...mentions() }).entry.global_id);
    } else if (dice < 0.4) changeSomething(handle, isReader);
    else if (dice < 0.52) handle.open();
    else if (dice < 0.6) handle.markRead(handle.timeline.get().lastMessageId);
    else if (dice < 0.67)
      void client.inbox
        .changeSettings(
          id,
          chance.pick([
            { pinned: true },
            { pinned: false },
            { archived: true },
            { marked_unread: true },
            { muted_until: chance.between(0, 9) },
          ]),
        )
        .catch(() => {});
    else if (dice < 0.74) client.inbox.setDraft(id, chance.pick(['', `draft ${chance()}`]));
    else if (dice < 0.78) void client.inbox.refresh().catch(() => {});
    else if (dice < 0.81) handle.close();
    else if (dice < 0.84) client.inbox.close();
    else if (dice < 0.88) client.inbox.open();
    else if (dice < 0.91) program.freeze(chance.between(1_000, 20_000));
    else if (dice < 0.93) program.hide(chance.happens(0.6));
    else if (dice < 0.95) program.jump(chance.pick([-3_600_000, -5_000, 5_000, 3_600_000]));
    else if (dice < 0.97) program.hint(chance.pick(['online', 'offline', 'visible']));
    else crash(device, index);
  }

  function mentions(): { mentions?: string[] } {
    return chance.happens(0.2) ? { mentions: [chance.pick(USERS)] } : {};
  }

  function changeSomething(handle: ConversationHandle, isReader: boolean): void {
    const shown = handle.timeline
      .get()
      .entries.flatMap((entry) =>
        entry.kind === 'message' && !entry.message.deleted && entry.message.type === 'text' ? [entry.message] : [],
      );
    if (shown.length === 0 || isReader) return;
    void handle.react(chance.pick(shown).message_id, '👍', chance.happens(0.7)).catch(() => {});
  }

  function crash(device: Device, index: number): void {
    device.program.kill();
    for (const [id, sent] of device.sent) {
      const inLog = new Set(
        service.conversations
          .get(id)!
          .log.all()
          .map(({ global_id }) => global_id),
      );
      device.sent.set(
        id,
        sent.filter((globalId) => device.disk.durableAt.has(globalId) || inLog.has(globalId)),
      );
    }
    device.program = start(device, index);
  }

  function shake(): void {
    const last = service.conversations.get(READ_ONLY)!;
    const dice = chance();
    if (dice < 0.25) service.deploy(1012, '{"retry_after":3}');
    else if (dice < 0.4) network.cutAll();
    else if (dice < 0.6) for (const conversation of service.conversations.values()) conversation.evict();
    else if (dice < 0.8 && last.isMember(READER)) service.remove(last, READER);
    else if (dice < 0.8) service.rejoin(last, READER);
    else chance.pick([...service.conversations.values()]).happen({ global_id: `title-${clock.now()}`, sender_id: 'user-b', type: 'conversation', content: '', conversation: { title: 'new' } }); // prettier-ignore
  }

  function rowsAtTheEnd({ userId, program }: Device, index: number): void {
    const inbox = service.inboxes.get(userId)!;
    const view = program.client.inbox.view.get();
    const expected = [...service.conversations.values()].map((conversation) => inbox.rowOf(conversation)).toSorted(inOrder);
    if (view.loading || view.catchingUp) breach(`${userId} on ${index} is not done: ${program.client.inbox.status.get().state}`);
    for (const [place, row] of expected.entries()) {
      if (isDeepStrictEqual(view.conversations[place], row)) continue;
      breach(`${userId} on ${index} shows ${JSON.stringify(view.conversations[place])} for ${JSON.stringify(row)}`);
      break;
    }
    if (view.conversations.length !== expected.length) breach(`${userId} on ${index} shows ${view.conversations.length} rows`);
  }

  async function readAll({ program }: Device, id: string): Promise<void> {
    const handle = program.client.conversation(id);
    handle.open();
    await clock.run(2_000);
    for (let page = 0; page < 20 && handle.timeline.get().hasOlder; page++) {
      void handle.loadOlder().catch((error: unknown) => breach(`history cannot be read: ${String(error)}`));
      await clock.run(1_000);
    }
  }

  function atTheEnd(device: Device, index: number): void {
    rowsAtTheEnd(device, index);
    const { userId, program, sent, disk } = device;
    for (const [id, { log }] of service.conversations) {
      for (const what of endBreaches(program.client.conversation(id).timeline.get(), log))
        breach(`${userId} on ${index} in ${id.at(-1)} ${what}`);
      for (const what of sendingBreaches(sent.get(id)!, log)) breach(`${userId} on ${index} in ${id.at(-1)} ${what}`);
    }
    for (const what of disk.backward) breach(`${userId} on ${index} moved ${what}`);
  }
}

/** At any moment: each row once, in order, and none of them goes back. */
function viewBreaches(view: InboxView, before: InboxView | undefined): string[] {
  const breaches: string[] = [];
  const ids = view.conversations.map(({ conversation_id }) => conversation_id);
  if (new Set(ids).size !== ids.length) breaches.push('has a row twice');
  if (view.conversations.some((row, index) => index > 0 && inOrder(view.conversations[index - 1]!, row) > 0))
    breaches.push('is not in order');
  const known = new Map(before?.conversations.map((row) => [row.conversation_id, row]));
  for (const row of view.conversations) {
    const old = known.get(row.conversation_id);
    // Who was removed and comes back begins anew.
    if (row.conversation_id === READ_ONLY) continue;
    if (old && (row.last_message_id < old.last_message_id || row.read_message_id < old.read_message_id))
      breaches.push(`went back from ${JSON.stringify(old)} to ${JSON.stringify(row)}`);
  }
  return breaches;
}

type Row = InboxView['conversations'][number];
const inOrder = (one: Row, other: Row): number =>
  Number(other.pinned) - Number(one.pinned) || other.updated_at - one.updated_at || (one.conversation_id < other.conversation_id ? -1 : 1);
