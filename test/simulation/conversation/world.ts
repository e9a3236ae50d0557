/** One whole conversation from a seed: people, their devices, a storm, the calm after it, and what was broken. */
import { readByHttp, setReadReceipts, submitByHttp } from '../../../durable/conversation/assembly.ts';
import * as membership from '../../../durable/conversation/membership.ts';
import type { MembershipChange, Role } from '../../../protocol/message.ts';
import type { EntryRecord } from '../../../durable/conversation/schema.ts';
import type { LogFrame } from '../../../protocol/client-frames.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { uuidv7 } from '../../../protocol/ids.ts';
import { createClock, microtasks } from '../../support/client-clock.ts';
import { createChance } from '../../support/client-random.ts';
import { Device, type DeviceWorld } from './device.ts';
import { breachesAtRest } from './model.ts';
import { SimulatedObject, type ObjectWorld } from './object.ts';
import { People } from './people.ts';
import { SimulatedArchive } from './database.ts';
import { SimulatedInboxes, wentAway } from './inboxes.ts';
import type { Weather } from './weather.ts';

export interface Report {
  seed: number;
  breaches: string[];
  /** How often each kind of thing happened. */
  counts: Record<string, number>;
}

const EMOJIS = ['👍', '❤️', '😂'];
const STORM_MS = 30_000;
const CALM_MS = 3 * 3_600_000;

export async function simulateConversation(seed: number): Promise<Report> {
  const chance = createChance(seed);
  const counts: Record<string, number> = {};
  const breaches: string[] = [];
  const count = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1);
  const breach = (what: string): void => void breaches.push(what);
  let storm = false;
  const rates = {
    kill: chance.pick([0, 0.002, 0.02]),
    disk: chance.pick([0, 0.01, 0.05]),
    call: chance.pick([0, 0.1, 0.4]),
    cut: chance.pick([0, 0.1, 0.3]),
  };

  const held: { object: SimulatedObject | null } = { object: null };
  const clock = createClock(1_800_000_000_000, async () => {
    await microtasks();
    held.object?.endTurn();
  });
  const weather: Weather = { clock, chance, count, failing: () => (storm ? rates.call : 0) };
  const inboxes = new SimulatedInboxes(weather, () => log());
  const archive = new SimulatedArchive(weather);
  const limits = { rateFactor: chance.pick([1, 1, 100]), bytesMax: Infinity };
  const objectWorld: ObjectWorld = {
    clock,
    chance,
    inboxes,
    archive,
    limits,
    breach,
    count,
    killing: () => (storm ? rates.kill : 0),
    breaking: () => (storm ? rates.disk : 0),
  };
  const object = (held.object = new SimulatedObject(objectWorld));

  const log = (): EntryRecord[] => object.storage.rows<EntryRecord>('SELECT * FROM messages ORDER BY message_id');

  const id = (): string =>
    uuidv7(
      clock.now(),
      Uint8Array.from({ length: 16 }, () => chance.between(0, 255)),
    );
  const kind = chance.happens(0.25) ? 'direct' : 'group';
  const userIds = Array.from({ length: kind === 'direct' ? 2 : chance.between(3, 10) }, id);
  const strangers = kind === 'direct' ? 0 : chance.between(0, 2);
  const founderIds = userIds.slice(0, userIds.length - strangers);
  const [creator_id, ...member_ids] = founderIds;
  object.create({ conversation_id: id(), kind, title: kind === 'group' ? 'A group' : null, creator_id: creator_id!, member_ids });
  const people = new People({ clock, chance, object, inboxes, breach, count });
  // Who has receipts off from the beginning, and for good.
  const hushed = new Set(founderIds.filter(() => chance.happens(0.2)));
  for (const userId of hushed) {
    inboxes.silent.add(userId);
    object.event((open) => setReadReceipts(open, userId, false));
  }
  await clock.run(1);
  storm = true;

  const acked = new Map<string, number>();
  const confirm = (userId: string, globalId: string, number: number): void => {
    const before = acked.get(userId + globalId);
    if (before !== undefined && before !== number) breach(`[P3] ${globalId} was answered ${before} and then ${number}`);
    acked.set(userId + globalId, number);
    if (object.storage.rows('SELECT 1 FROM messages WHERE message_id = ?', number).length === 0)
      breach(`[P1] ${number} is acknowledged and not stored`);
  };
  const deviceWorld: DeviceWorld = {
    clock,
    chance,
    object,
    breach,
    count,
    sees: (viewerId, receipts) => {
      for (const { user_id, read } of receipts) {
        const hidden = [user_id, viewerId].find((userId) => hushed.has(userId));
        if (hidden === undefined || user_id === viewerId || read === 0) continue;
        // Who comes again has to be asked again.
        if (!log().some((entry) => wentAway(entry, hidden))) breach(`[P8] ${viewerId} sees that ${user_id} read ${read}`);
      }
    },
    acked: ({ userId }, { global_id, message_id }) => confirm(userId, global_id, message_id),
  };
  const devices = userIds.flatMap((userId) => Array.from({ length: chance.between(1, 2) }, () => new Device(deviceWorld, userId, id())));
  const requested: { userId: string; frame: LogFrame }[] = [];

  const someTarget = (device: Device): number => chance.between(Math.max(1, device.last - 10), Math.max(1, device.last));
  const text = (device: Device): LogFrame => ({
    op: 'send',
    global_id: id(),
    after_message_id: device.last,
    type: 'text',
    content: `text ${chance.between(1, 1_000_000)}`,
    ...(chance.happens(0.2) ? { mentions: [chance.pick(founderIds)] } : {}),
  });
  const change = (device: Device): LogFrame => {
    const fields = { global_id: id(), target: someTarget(device) };
    const op = chance.pick(['edit', 'delete', 'react', 'react'] as const);
    if (op === 'edit') return { op, ...fields, content: `edited ${chance.between(1, 1_000_000)}` };
    if (op === 'delete') return { op, ...fields };
    return { op, ...fields, emoji: chance.pick(EMOJIS), on: chance.happens(0.7) };
  };
  /** Over HTTP, again until it is answered. */
  const submit = (userId: string, frame: LogFrame): void => {
    void object
      .request((open) => submitByHttp(open, userId, frame))
      .then(
        (answer) => {
          if (answer.ok) confirm(userId, frame.global_id, answer.value.message_id);
          else count(`refused ${answer.refusal.code}`);
        },
        () => clock.setTimer(() => submit(userId, frame), 500),
      );
  };
  const readOverHttp = (device: Device): void => {
    const { userId, last } = device;
    device.readTo = Math.max(device.readTo, last);
    const isStored = (read: number | null): void => {
      const [row] = object.storage.rows<{ receipts: string }>('SELECT receipts FROM progress');
      const stored = (JSON.parse(row!.receipts) as Record<string, [number, number]>)[userId]?.[1] ?? 0;
      if (read !== null && stored < read) breach(`a read of ${read} over HTTP is answered and not stored`);
    };
    void object
      .request((open) => (open.writer.members.has(userId) ? readByHttp(open, userId, last) : null), isStored)
      .catch(() => undefined);
  };
  const changeMembers = (actorId: string, decide: (roster: membership.Roster) => Outcome<MembershipChange[]>): void => {
    void object
      .request((open) => open.room.changeMembers(actorId, decide))
      .then(
        (answer) => count(answer.ok ? 'membership changed' : `refused ${answer.refusal.code}`),
        () => undefined,
      );
  };
  const changeSomeMember = (): void => {
    const [actor, other] = [chance.pick(userIds), chance.pick(userIds)];
    const act = chance.pick(['put', 'put', 'remove', 'leave'] as const);
    if (act === 'put')
      return changeMembers(actor, (roster) =>
        membership.put(roster, actor, other, chance.pick<Role | undefined>([undefined, 'member', 'admin', 'owner'])),
      );
    changeMembers(actor, (roster) => membership.remove(roster, actor, act === 'leave' ? actor : other));
  };

  const step = (): void => {
    const device = chance.pick(devices);
    const lot = chance();
    if (lot < 0.35) device.press(Array.from({ length: chance.happens(0.1) ? chance.between(2, 40) : 1 }, () => text(device)));
    else if (lot < 0.5) device.press([change(device)]);
    else if (lot < 0.6) device.read(device.last);
    else if (lot < 0.63) device.say({ op: 'delivered', message_id: device.last });
    else if (lot < 0.66) device.say({ op: 'typing', on: true });
    else if (lot < 0.7) {
      const frame = text(device);
      delete frame.after_message_id;
      requested.push({ userId: device.userId, frame });
      submit(device.userId, frame);
    } else if (lot < 0.73) readOverHttp(device);
    else if (lot < 0.8) changeSomeMember();
    else if (lot < 0.82 && kind === 'group')
      void object.request((open) => open.room.patch(device.userId, { title: `Title ${chance.between(1, 9)}` })).catch(() => undefined);
    else if (lot < 0.86) device.hangUp();
    else if (lot < 0.95 && chance.happens(rates.cut)) device.cut();
    else if (lot < 0.96 && rates.kill > 0) object.kill();
    else if (lot < 0.98) object.evict();
    const someone = chance.pick(userIds);
    if (chance.happens(0.1)) people.come(someone);
    if (chance.happens(0.1)) people.go(someone);
    if (chance.happens(0.05)) people.delivered(someone);
    if (chance.happens(0.03) && !hushed.has(someone)) people.choose(someone, chance.happens(0.5));
    if (storm) clock.setTimer(step, chance.happens(0.1) ? chance.between(1, 4_000) : chance.between(1, 150));
  };

  for (const device of devices) clock.setTimer(() => device.connect(), chance.between(0, 2_000));
  clock.setTimer(step, 100);
  await clock.run(STORM_MS);
  storm = false;
  await clock.run(90_000);
  // [P4] Whoever is there learns of it at once, also from a conversation that slept.
  for (const userId of userIds) people.come(userId);
  await clock.run(20_000);
  object.evict();
  const sender = object.storage.rows<{ user_id: string }>('SELECT user_id FROM members LIMIT 1')[0]?.user_id;
  if (sender !== undefined) {
    const frame = { op: 'send', global_id: id(), type: 'text', content: 'is anybody there?' } as const;
    requested.push({ userId: sender, frame });
    submit(sender, frame);
    await clock.run(2_000);
    const head = log().length;
    for (const { user_id } of object.storage.rows<{ user_id: string }>('SELECT user_id FROM members')) {
      if (inboxes.shownTo(user_id) < head) breach(`[P4] ${user_id} is there and was not told of ${head} at once`);
    }
  }
  // A reset runs no close handler: what a device read and nobody stored, it says again after its next hello.
  for (const device of devices) device.hangUp();
  await clock.run(CALM_MS);

  breaches.push(
    ...breachesAtRest({
      storage: object.storage,
      founders: new Map(founderIds.map((userId) => [userId, kind === 'group' && userId === creator_id ? 'owner' : 'member'])),
      devices,
      requested,
      acked,
      inboxes,
      archive,
    }),
  );
  if (object.storage.durableAlarm !== null) breach('an alarm is armed although nothing is pending');
  counts['entries'] = object.storage.rows('SELECT 1 FROM messages').length;
  archive.close();
  object.storage.db.close();
  return { seed, breaches, counts };
}
