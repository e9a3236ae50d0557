/** D1 that does not answer: whoever waits for it waits two seconds at most. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DATABASE_DEADLINE_MS, DatabaseUnavailable, read, write } from '../../../store/database.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = () => vi.fn(() => new Promise<never>(() => undefined));
const lost = () => vi.fn(() => Promise.reject(new Error('D1_ERROR: Network connection lost.')));
const settled = async (work: Promise<unknown>): Promise<{ error: unknown }> =>
  work.then(
    () => ({ error: undefined }),
    (error: unknown) => ({ error }),
  );

describe('[B5] a database that hangs', () => {
  it.each([
    ['read', read],
    ['write', write],
  ])('is given up after two seconds: %s', async (_name, ask) => {
    const query = never();
    let outcome: { error: unknown } | undefined;
    void settled(ask(query)).then((result) => (outcome = result));
    await vi.advanceTimersByTimeAsync(DATABASE_DEADLINE_MS - 1);
    expect(outcome).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome?.error).toBeInstanceOf(DatabaseUnavailable);
    expect([query.mock.calls.length, vi.getTimerCount()]).toEqual([1, 0]);
  });

  it('gets no further tries once the time is up', async () => {
    let fail: (error: Error) => void = () => undefined;
    const query = vi.fn(() => new Promise<never>((_, reject) => (fail = reject)));
    const outcome = settled(read(query));
    await vi.advanceTimersByTimeAsync(DATABASE_DEADLINE_MS);
    expect((await outcome).error).toBeInstanceOf(DatabaseUnavailable);
    fail(new Error('D1_ERROR: Network connection lost.'));
    await vi.advanceTimersByTimeAsync(DATABASE_DEADLINE_MS);
    expect(query).toHaveBeenCalledTimes(1);
  });
});

describe('a database that answers', () => {
  it('leaves no timer behind', async () => {
    expect(await read(() => Promise.resolve(1))).toBe(1);
    expect(await write(() => Promise.resolve(2))).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('with errors that pass is read three times, and written once', async () => {
    const [reading, writing] = [lost(), lost()];
    const outcomes = Promise.all([settled(read(reading)), settled(write(writing))]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await outcomes).map(({ error }) => error instanceof DatabaseUnavailable)).toEqual([true, true]);
    expect([reading.mock.calls.length, writing.mock.calls.length]).toEqual([3, 1]);
  });
});
