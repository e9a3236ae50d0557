/**
 * Presence: which status the sockets of a user amount to, when it changes by silence alone, when
 * a change may be told, who may see it, and which watcher is dropped first. Pure: time comes in.
 */
import type { Privacy } from '../../protocol/accounts.ts';
import type { PresenceStatus } from '../../protocol/inbox.ts';
import type { ContactPolicy } from '../../protocol/reach.ts';

/** A reload of the page is no absence: what was shown stays for so long after the last socket was closed. */
export const GRACE_MS = 10_000;
/** A watcher is told at most one change in this time; the latest state wins. */
export const PACE_MS = 5_000;
/** More are not remembered: those beyond learn when they renew. */
export const WATCHERS_MAX = 100;

/** A socket as presence sees it: it counts up to `ends_at`, unless its device is heard again. */
export interface Lease {
  active: boolean;
  ends_at: number;
}

export function statusOf(leases: readonly Lease[], now: number): PresenceStatus {
  const fresh = leases.filter(({ ends_at }) => ends_at >= now);
  if (fresh.length === 0) return 'offline';
  return fresh.some(({ active }) => active) ? 'online' : 'idle';
}

/** When the status changes if no device is heard any more; null when there is nothing left to change. */
export function nextChangeAt(leases: readonly Lease[], now: number): number | null {
  const status = statusOf(leases, now);
  if (status === 'offline') return null;
  const holding = leases.filter(({ active, ends_at }) => ends_at >= now && (active || status === 'idle'));
  return Math.max(...holding.map(({ ends_at }) => ends_at)) + 1;
}

/** The last status that was told, and when. */
export interface Told {
  status: PresenceStatus;
  at: number;
}

/** What others see: within the grace, what they saw before. */
export function shownStatus(leases: readonly Lease[], told: Told, leavingAt: number | null, now: number): PresenceStatus {
  const status = statusOf(leases, now);
  return status === 'offline' && leavingAt !== null && now < leavingAt + GRACE_MS ? told.status : status;
}

/** When the change may be told; null when there is none. */
export const tellAt = (told: Told, status: PresenceStatus, now: number): number | null =>
  status === told.status ? null : Math.max(now, told.at + PACE_MS);

/** Who watches, until when, and whether they may see when the user was last here. */
export type Seat = [watcherId: string, until: number, seesLastSeen: boolean];

/** The seats that have not lapsed; of too many, those that lapse last. */
export function seatsLeft(seats: Iterable<Seat>, now: number): Seat[] {
  const left = [...seats].filter(([, until]) => until > now);
  return left.length <= WATCHERS_MAX ? left : left.toSorted((a, b) => b[1] - a[1]).slice(0, WATCHERS_MAX);
}

/** What the database knows of two users, one of whom wants to watch the other. */
export interface PresenceFacts {
  shares_conversation: boolean;
  /** One blocks the other. */
  blocked: boolean;
  own_last_seen: Privacy['last_seen'];
  their_last_seen: Privacy['last_seen'];
  they_in_own_contacts: boolean;
  own_in_their_contacts: boolean;
}

export interface Permission {
  allowed: boolean;
  sees_last_seen: boolean;
}

/**
 * Whether somebody is here may be seen with a contact in either direction; when they last were needs
 * more, and is mutual: nobody sees of others what they do not let them see.
 */
export function permissionOf(facts: PresenceFacts, policy: ContactPolicy): Permission {
  const { shares_conversation, they_in_own_contacts, own_in_their_contacts } = facts;
  // Where strangers ask first, to put somebody on one's own list shows nothing of them.
  const isContact = own_in_their_contacts || (they_in_own_contacts && policy === 'open');
  const allowed = !facts.blocked && (shares_conversation || isContact);
  const theyLet = lets(facts.their_last_seen, shares_conversation, own_in_their_contacts);
  const ownLets = lets(facts.own_last_seen, shares_conversation, they_in_own_contacts);
  return { allowed, sees_last_seen: allowed && theyLet && ownLets };
}

/** `everyone` ends with those one has met, or chosen: to put a stranger on one's own list is neither for the stranger. */
const lets = (setting: Privacy['last_seen'], sharesConversation: boolean, isContact: boolean): boolean =>
  setting !== 'nobody' && (isContact || (setting === 'everyone' && sharesConversation));
