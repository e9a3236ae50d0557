/**
 * The end of a day that most did not watch: everybody's inbox is compared with the file, those who
 * were away come back, second devices are taken out, and what is read on one is read on the other.
 */
import { createClient, memoryStorage, type Client } from '@natter/client';
import type { Difference } from './check.ts';
import { inboxDifferences, type Wanted } from './inbox-verdict.ts';
import { pause } from './patience.ts';
import type { Said } from './reckoning.ts';
import type { Role } from './roles.ts';
import { openSeats, type Stage } from './stage.ts';

const LOOK_MS = 100;
/** What a device lacks is told within seconds. */
const SETTLED_MS = 30_000;

/** A device whose inbox is compared. */
export interface Listed {
  name: string;
  userId: string;
  client: Client;
  /** The user has read up to here. */
  readTo?: number;
}

/** One member of each role takes out another device. */
export function secondDevices(url: string, { seats }: Stage): Listed[] {
  const roles: Role[] = ['open', 'inbox', 'away'];
  return roles.flatMap((role) => {
    const seat = seats.find((one) => one.role === role);
    if (seat === undefined) return [];
    const client = createClient({ url, auth: { kind: 'token', token: seat.token }, storage: memoryStorage() });
    client.inbox.open();
    return [{ name: seat.name, userId: seat.user_id, client }];
  });
}

export const comeBack = (stage: Stage, onProgress: (online: number) => void): Promise<void> =>
  openSeats(
    stage,
    stage.seats.filter(({ role }) => role === 'away'),
    () => undefined,
    onProgress,
  );

/** Every device's inbox, as soon as it is right; what is wrong after a while differs. */
export async function checkInboxes(
  devices: readonly Listed[],
  conversationId: string,
  said: readonly Said[],
  now: () => number,
  onProgress: (done: number) => void,
): Promise<Difference[]> {
  const until = now() + SETTLED_MS;
  for (;;) {
    const found = devices.map(({ name, userId, client, readTo }): Difference => {
      const wanted: Wanted = { conversationId, userId, said, ...(readTo !== undefined && { readTo }) };
      return { name, differences: inboxDifferences(client.inbox.view.get(), wanted) };
    });
    const differing = found.filter(({ differences }) => differences.length > 0);
    onProgress(devices.length - differing.length);
    if (differing.length === 0 || now() > until) return differing;
    await pause(LOOK_MS);
  }
}

/** The first devices read everything. @returns the second ones, which must show it */
export function readAll({ seats }: Stage, seconds: readonly Listed[], last: number): Listed[] {
  for (const { userId } of seconds)
    seats
      .find(({ user_id }) => user_id === userId)
      ?.handle()
      .markRead(last);
  return seconds.map((second) => ({ ...second, readTo: last }));
}
