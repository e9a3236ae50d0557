/** Calls to many others, a few at a time: the platform lets six wait for an answer. */

const CONCURRENCY = 6;

/** The results come in the order of the items. Rejects with the first that does. */
export async function inParallel<Item, Result>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<Result>,
  lanes = CONCURRENCY,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = [...items].entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

/** One that fails is reported and keeps none of the others from being made. Never throws. */
export async function concurrently<Item>(
  items: Iterable<Item>,
  call: (item: Item) => Promise<unknown>,
  onError: (error: unknown) => void,
  lanes = CONCURRENCY,
): Promise<void> {
  const guarded = async (item: Item): Promise<void> => {
    try {
      await call(item);
    } catch (error) {
      onError(error);
    }
  };
  await inParallel(items, guarded, lanes);
}
