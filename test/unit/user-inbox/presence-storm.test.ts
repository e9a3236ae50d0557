/** Seeded: several users come, go, fall silent and watch each other while calls are late or lost and objects die. */
import { describe, expect, it } from 'vitest';
import { WATCH_LEASE_MS } from '../../../protocol/limits.ts';
import { PACE_MS } from '../../../durable/user-inbox/presence.ts';
import { createChance } from '../../support/client-random.ts';
import type { Device } from '../../support/presence-sockets.ts';
import { settled, shown, Stage, type User } from '../../support/presence-stage.ts';

const RENEWAL_MS = WATCH_LEASE_MS / 2;
const STEPS = 120;
const USERS = 5;

/** A client shows a set of people, and renews it while its socket is open. */
interface Client {
  user: User;
  device: Device;
  shows: string[];
  renewedAt: number;
}

async function storm(seed: number): Promise<string[]> {
  const chance = createChance(seed);
  const stage = new Stage();
  const ids = Array.from({ length: USERS }, (_, index) => `user ${index}`);
  const users = ids.map((id) => stage.user(id));
  users.forEach((user, index) => (user.partners = ids.filter((_, other) => other !== index && (other + index) % 2 === 0)));
  let clients: Client[] = [];
  let calm = false;
  const lastTold = new Map<string, number>();
  const breaches: string[] = [];
  stage.travel = async () => {
    await stage.after(chance.between(0, calm ? 50 : 3_000));
    if (!calm && chance.happens(0.1)) throw new Error('lost');
  };

  const renew = (client: Client): void => {
    client.renewedAt = stage.now;
    client.user.watch(client.device, client.shows);
  };
  const pass = async (ms: number): Promise<void> => {
    for (const end = stage.now + ms; ;) {
      clients = clients.filter(({ device }) => device.closed === null);
      const due = Math.min(...clients.filter(({ device }) => device.pinging).map(({ renewedAt }) => renewedAt + RENEWAL_MS));
      await stage.pass(Math.max(0, Math.min(end, due) - stage.now));
      for (const client of clients) {
        if (client.device.closed === null && client.device.pinging && client.renewedAt + RENEWAL_MS <= stage.now) renew(client);
      }
      await settled();
      if (stage.now >= end) return;
    }
  };
  const open = (user: User): void => {
    const client = {
      user,
      device: user.open(chance.happens(0.7)),
      shows: ids.filter((id) => id !== user.id && chance.happens(0.6)),
      renewedAt: 0,
    };
    clients.push(client);
    renew(client);
  };
  const steps: [weight: number, (user: User, client: Client | undefined) => void][] = [
    [4, (user) => open(user)],
    [3, (user, client) => client && user.close(client.device)],
    [3, (user, client) => client && user.setActive(client.device, chance.happens(0.5))],
    [2, (_user, client) => client && (client.device.pinging = chance.happens(0.3))],
    [
      2,
      (_user, client) =>
        client && Object.assign(client, { shows: ids.filter((id) => id !== client.user.id && chance.happens(0.5)) }) && renew(client),
    ],
    // An object sleeps after ten seconds at the earliest, and never while it waits for an answer.
    [3, (user) => user.underWay === 0 && stage.now - user.wokenAt >= 10_000 && user.evict()],
    [1, (user) => user.kill()],
  ];
  const deck = steps.flatMap(([weight, step]) => Array.from({ length: weight }, () => step));

  for (let step = 0; step < STEPS; step++) {
    const user = chance.pick(users);
    const own = clients.filter((client) => client.user === user && client.device.closed === null);
    chance.pick(deck)(user, own.length === 0 ? undefined : chance.pick(own));
    await settled();
    await pass(chance.pick([0, 200, 1_000, 11_000, 11_000, 40_000]));
  }

  calm = true;
  await pass(RENEWAL_MS + 60_000);
  for (const { user, device, shows } of clients) {
    if (!device.pinging) continue;
    for (const id of shows) {
      const [seen, truth] = [shown(device, id)?.status, stage.user(id).status()];
      if (seen !== truth) breaches.push(`${user.id} shows ${id} as ${seen}, who is ${truth}`);
    }
  }
  for (const { call, from, to, at } of stage.calls) {
    if (call !== 'news') continue;
    const last = lastTold.get(`${from} ${to}`) ?? Number.NEGATIVE_INFINITY;
    // Who was killed has forgotten when they last told it.
    const killed = stage.user(from).kills.some((killedAt) => killedAt >= last && killedAt <= at);
    if (at - last < PACE_MS && !killed) breaches.push(`${from} told ${to} twice within ${at - last} ms`);
    lastTold.set(`${from} ${to}`, at);
  }
  const watched = new Set(clients.filter(({ device }) => device.pinging).flatMap(({ shows }) => shows));
  for (const user of users) if (user.alarm !== null && !watched.has(user.id)) await pass(WATCH_LEASE_MS + 60_000);
  for (const user of users) if (user.alarm !== null && !watched.has(user.id)) breaches.push(`${user.id} has an alarm, and nobody watches`);
  return breaches;
}

describe('after calm every device shows the truth within a renewal, whatever happened before', () => {
  it.each(Array.from({ length: 40 }, (_, index) => index + 1))('seed %i', async (seed) => {
    expect(await storm(seed)).toEqual([]);
  });
});
