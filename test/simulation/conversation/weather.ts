/** Calls that cannot be relied on: one may fail, come through with its answer lost, come late, or come twice. */
import type { VirtualClock } from '../../support/client-clock.ts';
import type { Chance } from '../../support/client-random.ts';

const TIMEOUT_MS = 10_000;

export interface Weather {
  clock: VirtualClock;
  chance: Chance;
  /** 0 when the storm is over. */
  failing(): number;
  count(what: string): void;
}

/** A call over an unreliable way: `apply` may happen never, later, or twice. */
export function unreliable<T>({ clock, chance, failing, count }: Weather, apply: () => T): Promise<T> {
  const latencyMs = chance.between(1, 60);
  const fail = (ms: number, what: string) =>
    new Promise<T>((_, reject) => clock.setTimer(() => reject(new Error(`simulated: ${what}`)), ms));
  const after = (ms: number) => void clock.setTimer(apply, ms);
  const answered = () => new Promise<T>((resolve) => clock.setTimer(() => resolve(apply()), latencyMs));
  if (!chance.happens(failing())) return answered();
  const fate = chance.pick(['refused', 'silent', 'answer lost', 'late', 'twice'] as const);
  count(`call ${fate}`);
  switch (fate) {
    case 'refused':
      return fail(latencyMs, fate);
    case 'silent':
      return fail(TIMEOUT_MS, fate);
    case 'answer lost':
      after(latencyMs);
      return fail(TIMEOUT_MS, fate);
    case 'late':
      after(TIMEOUT_MS + chance.between(1, 60_000));
      return fail(TIMEOUT_MS, fate);
    case 'twice':
      after(chance.between(100, 40_000));
      return answered();
  }
}
