/** Calls to many others, a few at a time: the platform lets six wait for an answer. */

const CONCURRENCY = 6;

/** One that fails is reported and keeps none of the others from being made. Never throws. */
export async function concurrently<T>(
  items: Iterable<T>,
  call: (item: T) => Promise<unknown>,
  onError: (error: unknown) => void,
): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
      try {
        await call(next.value);
      } catch (error) {
        onError(error);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
}
