/**
 * What is remembered of the sign-ins to one account, and what follows: pure. Failures count for the address
 * they come from, so that nobody locks the owner out elsewhere; and in an hour from all addresses together,
 * for guesses from many. Those from which somebody signed in lately are known, and only the first applies
 * to them. The same record without addresses counts the failures of one address, whatever the account.
 */
import { FIRST_DELAY_MS, FORGET_MS, NO_ATTEMPTS, afterBegin, afterFailure, afterNothing, current, waitOf, type Attempts } from './delay.ts';

/** Failures in an hour from addresses that are not known. */
export const FAILURES_PER_HOUR = 100;
/** So long an address is known after a sign-in. */
export const KNOWN_MS = 90 * 24 * 3_600_000;
/** A known address is written down anew at most this often. */
export const KNOWN_WRITTEN_EVERY_MS = 24 * 3_600_000;
/** Addresses remembered; beyond it the oldest goes that is not known. */
export const PLACES_MAX = 100;
const HOUR_MS = 3_600_000;

export interface Place extends Attempts {
  /** The last sign-in from there; 0: none. */
  known_at: number;
}

export interface SignInRecord {
  /** By address. */
  places: Record<string, Place>;
  /** The hour that began with the first failure in it. */
  since: number;
  failures: number;
  /** Tries that name no address and are being checked. */
  pending: number[];
}

export const NO_RECORD: SignInRecord = { places: {}, since: 0, failures: 0, pending: [] };

export interface Limits {
  free: number;
  perHour: number;
}

export interface Begun {
  /** Milliseconds to wait; 0: it may begin, and is pending until it ends. */
  wait: number;
  isKnown: boolean;
  record: SignInRecord;
}

export type Ending = 'right' | 'wrong' | 'unchecked';

/** @param address null: the record is that of an address */
export function begin(before: SignInRecord, address: string | null, now: number, limits: Limits): Begun {
  const record = remembered(before, now);
  const place = placeOf(record, address);
  const isKnown = isKnownAt(place, now);
  const ownWait = address === null ? 0 : waitOf(place, now, limits.free);
  const wait = Math.max(ownWait, isKnown ? 0 : hourWait(record, now, limits.perHour));
  return { wait, isKnown, record: wait > 0 ? record : withPlace(record, address, { ...place, ...afterBegin(place, now) }, now) };
}

export function end(before: SignInRecord, address: string | null, how: Ending, now: number, limits: Limits): SignInRecord {
  const record = remembered(before, now);
  const place = placeOf(record, address);
  const isKnown = isKnownAt(place, now);
  if (how === 'unchecked') return withPlace(record, address, { ...place, ...afterNothing(place, now) }, now);
  if (how === 'right') {
    const { pending } = afterNothing(place, now);
    return withPlace(record, address, { ...NO_ATTEMPTS, pending, known_at: known(place, now) }, now);
  }
  const failed = withPlace(record, address, { ...place, ...afterFailure(place, now, limits.free) }, now);
  return isKnown ? failed : { ...failed, since: record.failures === 0 ? now : record.since, failures: record.failures + 1 };
}

/** When nothing of it matters any more; 0: nothing does. */
export function endOf({ places, since, failures }: SignInRecord): number {
  const ends = Object.values(places).map((place) =>
    Math.max(place.known_at > 0 ? place.known_at + KNOWN_MS : 0, place.failures > 0 ? place.failed_at + FORGET_MS : 0),
  );
  return Math.max(0, failures > 0 ? since + HOUR_MS : 0, ...ends);
}

/** Whether it says more than what is stored: tries that are being checked are not. */
export const isWorthWriting = (before: SignInRecord, after: SignInRecord): boolean => stored(before) !== stored(after);

const stored = ({ places, since, failures }: SignInRecord): string =>
  JSON.stringify([
    since,
    failures,
    Object.entries(places)
      .filter(([, place]) => place.failures > 0 || place.known_at > 0)
      .map(([address, place]) => [address, { ...place, pending: [] }]),
  ]);

/** Without what no longer counts. */
export function remembered({ places, since, failures, pending }: SignInRecord, now: number): SignInRecord {
  const isOver = now - since >= HOUR_MS;
  const kept = Object.entries(places).flatMap(([address, place]): [string, Place][] => {
    const known_at = isKnownAt(place, now) ? place.known_at : 0;
    const left = { ...current(place, now), known_at };
    return left.failures > 0 || left.pending.length > 0 || known_at > 0 ? [[address, left]] : [];
  });
  return {
    places: Object.fromEntries(kept),
    since: isOver ? 0 : since,
    failures: isOver ? 0 : failures,
    pending: current({ ...NO_ATTEMPTS, pending }, now).pending,
  };
}

/** Failures and tries under way from addresses that are not known. */
function hourWait(record: SignInRecord, now: number, perHour: number): number {
  if (record.failures >= perHour) return record.since + HOUR_MS - now;
  const unknown = Object.values(record.places).filter((place) => !isKnownAt(place, now));
  const pending = record.pending.length + unknown.reduce((sum, place) => sum + place.pending.length, 0);
  return pending > 0 && record.failures + pending >= perHour ? FIRST_DELAY_MS : 0;
}

const isKnownAt = ({ known_at }: Place, now: number): boolean => known_at > 0 && now - known_at < KNOWN_MS;

const known = ({ known_at }: Place, now: number): number => (now - known_at >= KNOWN_WRITTEN_EVERY_MS ? now : known_at);

const placeOf = (record: SignInRecord, address: string | null): Place =>
  (address === null ? undefined : record.places[address]) ?? {
    ...NO_ATTEMPTS,
    known_at: 0,
    ...(address === null ? { pending: record.pending } : {}),
  };

function withPlace(record: SignInRecord, address: string | null, place: Place, now: number): SignInRecord {
  if (address === null) return { ...record, pending: place.pending };
  const others = Object.entries(record.places).filter(([other]) => other !== address);
  const tooMany = others.length + 1 - PLACES_MAX;
  if (tooMany <= 0) return { ...record, places: { ...record.places, [address]: place } };
  const inOrder = others.toSorted(([, one], [, other]) => worthOf(one, now) - worthOf(other, now));
  return { ...record, places: { ...Object.fromEntries(inOrder.slice(tooMany)), [address]: place } };
}

/** The known ones above all others, then by when something last happened. */
function worthOf(place: Place, now: number): number {
  const lastAt = Math.max(place.failed_at, place.known_at, ...place.pending);
  return isKnownAt(place, now) ? now + lastAt : lastAt;
}
