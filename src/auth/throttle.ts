/**
 * The throttle before a password is checked. An account has one counter, whichever of its names is used; a name
 * that nobody has counts under its hash. Asks the objects that remember failures, and tells them how the try
 * ended. When they fail, people still get in.
 */
import { sha256 } from '../../durable/kit/hash.ts';
import { FREE_FAILURES } from '../../durable/sign-in/delay.ts';
import { FAILURES_PER_HOUR, type Ending, type Limits } from '../../durable/sign-in/record.ts';
import { throttleOf, type ThrottleApi } from '../../durable/sign-in/throttle.ts';
import { RELAXED_FACTOR } from '../../protocol/limits.ts';
import type { Env } from '../env.ts';
import { logEvent } from '../http/log.ts';

export interface SignInTry {
  /** Lower-cased email or user name. */
  name: string;
  /** Whose that is; null: nobody's. */
  userId: string | null;
  /** An IPv4 address, or the /64 of an IPv6 one. */
  address: string | null;
}
export type Begun = { admitted: false; retryAfterMs: number } | { admitted: true; end: (how: Ending, now: number) => Promise<void> };

/** A try under way: the object, and the address as it knows it. */
interface Counter {
  name: string;
  address: string | null;
}

export async function beginSignIn(env: Pick<Env, 'SIGN_IN_THROTTLE' | 'LIMITS'>, attempt: SignInTry, now: number): Promise<Begun> {
  const factor = env.LIMITS === 'relaxed' ? RELAXED_FACTOR : 1;
  const limits: Limits = { free: FREE_FAILURES * factor, perHour: FAILURES_PER_HOUR * factor };
  const throttle = ({ name }: Counter): ThrottleApi => throttleOf(env.SIGN_IN_THROTTLE, name);
  const begun: Counter[] = [];
  const end = async (how: Ending, at: number): Promise<void> => {
    try {
      await Promise.all(begun.map((counter) => throttle(counter).end(at, counter.address, limits, how)));
    } catch (error) {
      logEvent('warn', 'throttle_failed', { error: String(error) });
    }
  };
  try {
    const address = await sha256(attempt.address ?? '');
    const account = { name: attempt.userId === null ? `name:${await sha256(attempt.name)}` : `user:${attempt.userId}`, address };
    const byAccount = await throttle(account).begin(now, address, limits);
    if (byAccount.wait > 0) return { admitted: false, retryAfterMs: byAccount.wait };
    begun.push(account);
    if (!byAccount.isKnown && attempt.address !== null) {
      const from = { name: `from:${address}`, address: null };
      const byAddress = await throttle(from).begin(now, null, limits);
      if (byAddress.wait > 0) {
        await end('unchecked', now);
        return { admitted: false, retryAfterMs: byAddress.wait };
      }
      begun.push(from);
    }
  } catch (error) {
    logEvent('warn', 'throttle_failed', { error: String(error) });
  }
  return { admitted: true, end };
}
