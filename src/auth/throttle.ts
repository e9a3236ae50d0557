/**
 * The throttle before a password is checked: by account and by address. Asks the objects that
 * remember failures, and tells them how the try ended. When they fail, people still get in.
 */
import { FREE_FAILURES } from '../../durable/sign-in-delay.ts';
import { throttleOf, type ThrottleApi } from '../../durable/sign-in-throttle.ts';
import { RELAXED_FACTOR } from '../../protocol/limits.ts';
import type { Env } from '../env.ts';
import { logEvent } from '../http/log.ts';
import { hashOf } from './hash.ts';

export interface SignInTry {
  /** Lower-cased email or user name. */
  account: string;
  address: string | null;
}
export type Ending = 'right' | 'wrong' | 'unchecked';
export type Begun = { admitted: false; retryAfterMs: number } | { admitted: true; end: (how: Ending, now: number) => Promise<void> };

export async function beginSignIn(env: Pick<Env, 'SIGN_IN_THROTTLE' | 'LIMITS'>, attempt: SignInTry, now: number): Promise<Begun> {
  const free = FREE_FAILURES * (env.LIMITS === 'relaxed' ? RELAXED_FACTOR : 1);
  const account = `account:${await hashOf(attempt.account)}`;
  const names = attempt.address === null ? [account] : [account, `address:${await hashOf(attempt.address)}`];
  const call = <T>(index: number, ask: (throttle: ThrottleApi) => Promise<T>): Promise<T> =>
    ask(throttleOf(env.SIGN_IN_THROTTLE, names[index] ?? ''));
  const each = (ask: (throttle: ThrottleApi) => Promise<unknown>) => Promise.all(names.map((_, index) => call(index, ask)));
  try {
    // The address first: a try that it refuses must not stay pending with the account.
    const byAddress = names.length > 1 ? await call(1, (throttle) => throttle.check(now, free)) : undefined;
    if (byAddress?.admitted === false) return { admitted: false, retryAfterMs: byAddress.retry_after_ms };
    const byAccount = await call(0, (throttle) => throttle.begin(now, free));
    if (!byAccount.admitted) return { admitted: false, retryAfterMs: byAccount.retry_after_ms };
  } catch (error) {
    logEvent('warn', 'throttle_failed', { error: String(error) });
    return { admitted: true, end: async () => undefined };
  }
  const end = async (how: Ending, at: number): Promise<void> => {
    try {
      if (how === 'right') await each((throttle) => throttle.clear());
      else if (how === 'wrong') await each((throttle) => throttle.fail(at, free));
      else await call(0, (throttle) => throttle.release(at));
    } catch (error) {
      logEvent('warn', 'throttle_failed', { error: String(error) });
    }
  };
  return { admitted: true, end };
}
