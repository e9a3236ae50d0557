/**
 * One object per account, and one per address for its failures at any account. It keeps the record; what
 * follows from it is decided in record.ts. Failures are written, and once a day that an address is known;
 * other sign-ins that succeed cost no row. The time comes from the caller; the alarm only clears what nobody
 * asked for again.
 */
import { createDurable, proxyDurable } from 'itty-durable';
import { NO_RECORD, begin, end, endOf, isWorthWriting, remembered, type Ending, type Limits, type SignInRecord } from './record.ts';

export interface ThrottleApi {
  /** A try begins; it must end with `end`. `address` null: the object is that of an address. */
  begin(now: number, address: string | null, limits: Limits): Promise<Verdict>;
  end(now: number, address: string | null, limits: Limits, how: Ending): Promise<Ended>;
}
export interface Verdict {
  /** Milliseconds to wait; 0: go on. */
  wait: number;
  /** Somebody signed in to this account from this address lately. */
  isKnown: boolean;
}
export interface Ended {
  /** Of this hour. */
  failures: number;
}

/** The object of this name, its methods callable. Never return it from an async function: every property of it is a call. */
export const throttleOf = (namespace: DurableObjectNamespace, name: string): ThrottleApi =>
  proxyDurable(namespace, { parse: true }).get(name) as ThrottleApi;

export class SignInThrottle extends createDurable() implements ThrottleApi {
  record: SignInRecord;
  /** When the alarm rings; 0: none is armed. */
  wakes_at: number;

  constructor(state: DurableObjectState) {
    // Without bindings: itty-durable would wrap each of them, and this object needs none.
    super(state, {});
    this.record = NO_RECORD;
    this.wakes_at = 0;
  }

  async begin(now: number, address: string | null, limits: Limits): Promise<Verdict> {
    const { wait, isKnown, record } = begin(this.record, address, now, limits);
    this.record = record;
    return { wait, isKnown };
  }

  async end(now: number, address: string | null, limits: Limits, how: Ending): Promise<Ended> {
    const before = this.record;
    this.record = end(before, address, how, now, limits);
    if (isWorthWriting(before, this.record)) await this.#write();
    return { failures: this.record.failures };
  }

  async alarm(): Promise<void> {
    // An alarm comes by no request, so nothing has been read yet.
    await this.loadFromStorage();
    this.record = remembered(this.record, this.wakes_at);
    this.wakes_at = 0;
    await this.#write();
  }

  async #write(): Promise<void> {
    const endsAt = endOf(this.record);
    if (endsAt === 0) {
      this.wakes_at = 0;
      return void (await this.destroy());
    }
    if (this.wakes_at === 0) {
      this.wakes_at = endsAt;
      await this.setAlarm(endsAt);
    }
    await this.persist();
  }
}
