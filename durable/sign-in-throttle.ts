/**
 * One object per account and per address that fails to sign in. It keeps the record; what follows
 * from it is decided in sign-in-delay.ts. Only failures are written, so a sign-in that succeeds costs no row.
 * The time comes from the caller; the alarm only sweeps what nobody asked for again.
 */
import { createDurable, proxyDurable } from 'itty-durable';
import { FORGET_MS, NO_ATTEMPTS, admit, afterFailure, afterNothing, type Attempts } from './sign-in-delay.ts';

export interface ThrottleApi {
  /** A try on an account begins; it must end with `fail`, `clear` or `release`. */
  begin(now: number, freeFailures: number): Promise<Verdict>;
  /** May this address try? Many people stand behind one, so their tries are not counted before they fail. */
  check(now: number, freeFailures: number): Promise<Verdict>;
  fail(now: number, freeFailures: number): Promise<Ended>;
  release(now: number): Promise<Ended>;
  clear(): Promise<Ended>;
}
export interface Verdict {
  admitted: boolean;
  retry_after_ms: number;
}
export interface Ended {
  failures: number;
}

/** The object of this name, its methods callable. Never return it from an async function: every property of it is a call. */
export const throttleOf = (namespace: DurableObjectNamespace, name: string): ThrottleApi =>
  proxyDurable(namespace, { parse: true }).get(name) as ThrottleApi;

export class SignInThrottle extends createDurable() implements ThrottleApi {
  attempts: Attempts;

  constructor(state: DurableObjectState) {
    // Without bindings: itty-durable would wrap each of them, and this object needs none.
    super(state, {});
    this.attempts = NO_ATTEMPTS;
  }

  async begin(now: number, freeFailures: number): Promise<Verdict> {
    const { attempts, ...verdict } = admit(this.attempts, now, freeFailures, true);
    this.attempts = attempts;
    return verdict;
  }

  async check(now: number, freeFailures: number): Promise<Verdict> {
    const { attempts, ...verdict } = admit(this.attempts, now, freeFailures, false);
    this.attempts = attempts;
    return verdict;
  }

  async fail(now: number, freeFailures: number): Promise<Ended> {
    this.attempts = afterFailure(this.attempts, now, freeFailures);
    await this.persist();
    await this.setAlarm(now + FORGET_MS);
    return { failures: this.attempts.failures };
  }

  async release(now: number): Promise<Ended> {
    this.attempts = afterNothing(this.attempts, now);
    return { failures: this.attempts.failures };
  }

  async clear(): Promise<Ended> {
    const { failures } = this.attempts;
    this.attempts = NO_ATTEMPTS;
    if (failures > 0) await this.destroy();
    return { failures: 0 };
  }

  async alarm(): Promise<void> {
    this.attempts = NO_ATTEMPTS;
    await this.destroy();
  }
}
