/** What a credential is worth, decided from what is stored. Pure: knows no storage and no sockets. */
import { SESSIONS_PER_USER_MAX, SESSION_LIFETIME_MS } from '../../../protocol/limits.ts';
import { accept, refuse, type Outcome } from '../../../protocol/outcome.ts';
import { FOREIGN_SESSION, type Session } from '../../session.ts';
import type { Authenticated, Proof, SessionRecord } from './api.ts';

const DAY_MS = 24 * 3_600_000;
/** How long a JWT's session is remembered as ended when its own end is not known, as when its device is removed. */
export const ENDED_UNKNOWN_MS = 400 * DAY_MS;
/** So many of them are remembered; no further one can be ended until some have run out. */
export const ENDED_MAX = 1_000;

export const isJwtSession = (sessionId: string): boolean => sessionId.startsWith(FOREIGN_SESSION);

/** What is stored about a proof. */
export interface Facts {
  userId: string;
  record: SessionRecord | undefined;
  /** The session was ended before its time. */
  isEnded: boolean;
  /** The ticket was used. */
  isUsed: boolean;
  /** The hash of the name and picture that D1 has; null: D1 does not know the user yet. */
  profile: string | null;
}

const NOBODY = refuse('unauthenticated', 'The session is unknown or has ended.');
const BAD_TICKET = refuse('unauthenticated', 'The ticket is used, old or unknown.');

export function verdict(proof: Proof, facts: Facts, now: number): Outcome<Authenticated> {
  const { userId, record, isEnded, isUsed } = facts;
  const session = (session_id: string, expires_at: number): Session => ({ user_id: userId, session_id, expires_at });
  switch (proof.kind) {
    case 'token': {
      if (record === undefined || record.expires_at <= now) return NOBODY;
      const renewed = proof.renew && isRenewalDue(record, now);
      return accept({ session: session(record.session_id, renewed ? now + SESSION_LIFETIME_MS : record.expires_at), renewed });
    }
    case 'jwt': {
      if (proof.expires_at <= now || isEnded) return NOBODY;
      if (facts.profile !== proof.profile.hash && proof.profile.state === 'claimed') {
        return accept({ profile: facts.profile === null ? 'new' : 'changed' });
      }
      return accept({ session: session(proof.session_id, proof.expires_at), renewed: false });
    }
    case 'ticket': {
      if (isUsed || proof.expires_at <= now) return BAD_TICKET;
      const end = isJwtSession(proof.session_id) ? proof.session_expires_at : record?.expires_at;
      if (isEnded || end === undefined || end <= now) return BAD_TICKET;
      return accept({ session: session(proof.session_id, end), renewed: false });
    }
  }
}

/** Once a day; one that is not to be remembered was given a day, and gets no more. */
export const isRenewalDue = ({ updated_at, expires_at }: SessionRecord, now: number): boolean =>
  expires_at - updated_at > 2 * DAY_MS && now - updated_at >= DAY_MS;

/** Which must go for one more: those that were renewed longest ago, those that no device uses first. */
export function surplus(records: readonly SessionRecord[], isUsed: (sessionId: string) => boolean): SessionRecord[] {
  const order = records.toSorted(
    (one, other) => Number(isUsed(one.session_id)) - Number(isUsed(other.session_id)) || one.updated_at - other.updated_at,
  );
  return order.slice(0, Math.max(0, records.length + 1 - SESSIONS_PER_USER_MAX));
}
