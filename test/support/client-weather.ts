/** Bad weather and bad moods, drawn once per run. */
import type { ErrorCode } from '../../protocol/errors.ts';
import type { Chance } from './client-random.ts';

export function roughWeather(chance: Chance) {
  return {
    delayMs: chance
      .pick([
        [1, 20],
        [20, 200],
        [50, 3_000],
      ] as const)
      .slice() as [number, number],
    cut: chance.pick([0, 0.01, 0.05]),
    silence: chance.pick([0, 0.002, 0.02]),
    repeat: chance.pick([0, 0, 0.1]),
    lost: chance.pick([0, 0.02, 0.2]),
  };
}

export function roughMood(chance: Chance) {
  const often = chance.pick([0, 0.05, 0.3]);
  const refuse = (codes: ErrorCode[]) =>
    chance.happens(often)
      ? { code: chance.pick(codes), detail: 'on purpose', ...(chance.happens(0.5) && { retry_after: chance.between(0, 3) }) }
      : null;
  return {
    refusal: () => refuse(['rate_limited', 'unavailable', 'internal']),
    httpRefusal: () => refuse(['rate_limited', 'unavailable', 'internal']),
    helloMax: chance.pick([3, 200]),
    pageMax: chance.pick([4, 500]),
  };
}
