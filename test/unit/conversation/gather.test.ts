/** Gathers under load and never makes one wait. */
import { describe, expect, it } from 'vitest';
import { BATCH_CHARACTERS_MAX, BATCH_ENTRIES_MAX, Gather } from '../../../durable/conversation/gather.ts';

function gathering(): { gather: Gather<{ name: number; size: number }>; batches: number[][]; tick: () => void; armed: () => number } {
  const batches: number[][] = [];
  const timers: (() => void)[] = [];
  const commit = (batch: readonly { name: number }[]): void => {
    if (batch.some(({ name }) => name < 0)) throw new Error('a bad batch');
    batches.push(batch.map(({ name }) => name));
  };
  const gather = new Gather<{ name: number; size: number }>(commit, (callback) => timers.push(callback));
  const tick = (): void => timers.splice(0).forEach((timer) => timer());
  return { gather, batches, tick, armed: () => timers.length };
}
const item = (name: number, size = 1): { name: number; size: number } => ({ name, size });
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('gathering', () => {
  it('a lone one waits for nothing, and no timer runs on after it', () => {
    const { gather, batches, tick, armed } = gathering();
    gather.push([item(1)]);
    expect(batches).toEqual([[1]]);
    tick();
    expect(armed()).toBe(0);
    gather.push([item(2)]);
    expect(batches).toEqual([[1], [2]]);
  });

  it('32 single ones in a row are two commits, in order', () => {
    const { gather, batches, tick } = gathering();
    for (const number of numbers(1, 32)) gather.push([item(number)]);
    tick();
    expect(batches).toEqual([[1], numbers(2, 32)]);
  });

  it('while they keep coming, one commit a tick; then it rests', () => {
    const { gather, batches, tick, armed } = gathering();
    gather.push([item(1)]);
    for (const number of [2, 3]) {
      gather.push([item(number)]);
      gather.push([item(number + 10)]);
      tick();
    }
    tick();
    expect(batches).toEqual([[1], [2, 12], [3, 13]]);
    expect(armed()).toBe(0);
  });

  it(`an array stays together up to ${BATCH_ENTRIES_MAX}`, () => {
    const { gather, batches, tick } = gathering();
    gather.push(numbers(1, BATCH_ENTRIES_MAX + 5).map((number) => item(number)));
    tick();
    expect(batches).toEqual([numbers(1, BATCH_ENTRIES_MAX), numbers(BATCH_ENTRIES_MAX + 1, BATCH_ENTRIES_MAX + 5)]);
  });

  it('and up to 256 Ki characters; a single larger one goes alone', () => {
    const { gather, batches } = gathering();
    expect(BATCH_CHARACTERS_MAX).toBe(262_144);
    const half = BATCH_CHARACTERS_MAX / 2;
    gather.push([item(1, half), item(2, half), item(3, 1), item(4, BATCH_CHARACTERS_MAX + 1), item(5, 1)]);
    expect(batches).toEqual([[1, 2], [3], [4], [5]]);
  });

  it('flush commits what waits, before anything else looks at the log', () => {
    const { gather, batches, tick } = gathering();
    gather.push([item(1)]);
    gather.push([item(2)]);
    gather.flush();
    gather.flush();
    expect(batches).toEqual([[1], [2]]);
    gather.push([item(3)]);
    expect(batches).toEqual([[1], [2]]);
    tick();
    expect(batches).toEqual([[1], [2], [3]]);
  });

  it('goes on after a commit that threw', () => {
    const { gather, batches, tick } = gathering();
    expect(() => gather.push([item(-1)])).toThrow('a bad batch');
    gather.push([item(1)]);
    gather.push([item(-2)]);
    expect(tick).toThrow('a bad batch');
    gather.push([item(2)]);
    expect(batches).toEqual([[1], [2]]);
  });
});
