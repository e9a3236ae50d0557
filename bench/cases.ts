/** What is measured: how many members, where they are, how messages come. */
import type { Counts, World } from './world.ts';
import { createWorld } from './world.ts';
import type { Place } from './person.ts';

export interface Case {
  size: number;
  online: 'all' | 'half' | 'none';
  pace: 'lone' | 'talk';
}

export type PerMessage = Counts;

export const SIZES = [2, 20, 100] as const;
export const CASES: Case[] = (['lone', 'talk'] as const).flatMap((pace) =>
  SIZES.flatMap((size) => (['all', 'half', 'none'] as const).map((online): Case => ({ size, online, pace }))),
);

/** One a minute for half an hour, or one every two seconds for a minute. */
const MESSAGES = 30;
const EVERY_MS = { lone: 60_000, talk: 2_000 } as const;
/** Until the last of it is told: the longest window is ten minutes. */
const REST_MS = 1_800_000;

/** The sender first. Of those online half look at the conversation, half have only their inbox open. */
export function placesOf({ size, online }: Pick<Case, 'size' | 'online'>): Place[] {
  const share = { all: size, half: size / 2, none: 0 }[online];
  return Array.from({ length: size }, (_, seat) => (seat >= share ? 'away' : seat % 2 === 0 ? 'here' : 'inbox'));
}

/** Everything the messages have cost when all is at rest again, divided by their number. */
export async function measure(which: Case): Promise<PerMessage> {
  const world = await createWorld(placesOf(which));
  await settle(world);
  const before = world.counts();
  for (let sent = 0; sent < MESSAGES; sent++) {
    world.send();
    await world.clock.run(EVERY_MS[which.pace]);
  }
  await settle(world);
  const after = world.counts();
  const entries = Object.entries(after).map(([what, count]) => [what, (count - before[what as keyof Counts]) / MESSAGES]);
  return Object.fromEntries(entries) as PerMessage;
}

const settle = ({ clock }: World): Promise<void> => clock.run(REST_MS);
