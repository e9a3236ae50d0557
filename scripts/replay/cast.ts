/** Who speaks through which account. Pure. */
import { createHash } from 'node:crypto';
import type { Line } from './day.ts';

/** The account of all who have none of their own; no nick holds a space. */
export const OTHERS = 'everyone else';

export interface Cast {
  /** Names of the accounts, the busiest first; at least two, for a group has two members. */
  accounts: string[];
  speakers: number;
  /** The name of the account that a nick speaks through. */
  accountOf(nick: string): string;
}

export function castOf(lines: readonly Line[], membersMax: number): Cast {
  const counts = new Map<string, number>();
  for (const { from } of lines) counts.set(from, (counts.get(from) ?? 0) + 1);
  const busiest = [...counts].toSorted(([, one], [, other]) => other - one).map(([nick]) => nick);
  const fits = busiest.length <= membersMax;
  const own = fits ? busiest : busiest.slice(0, membersMax - 1);
  const accounts = fits && own.length >= 2 ? own : [...own, OTHERS];
  const known = new Set(own);
  return { accounts, speakers: busiest.length, accountOf: (nick) => (known.has(nick) ? nick : OTHERS) };
}

/** A user name made of a nick: the letters that are allowed, the run, and a hash that tells `a-b` from `a_b`. */
export function usernameOf(nick: string, run: string): string {
  const letters = nick
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, '_')
    .slice(0, 14);
  return `${letters}_${run}${createHash('sha256').update(nick).digest('hex').slice(0, 6)}`;
}
