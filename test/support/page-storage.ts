/** What the client keeps in a browser. */
import type { Page } from 'playwright-core';

/** How many records of a kind are on the disk. */
export const kept = (page: Page, store: 'messages' | 'inbox' | 'outbox'): Promise<number> =>
  page.evaluate(async (name) => {
    const result = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.addEventListener('success', () => resolve(request.result));
        request.addEventListener('error', () => reject(new Error(String(request.error))));
      });
    let count = 0;
    for (const { name: database } of await indexedDB.databases()) {
      const opened = await result(indexedDB.open(database!));
      count += await result(opened.transaction(name).objectStore(name).count());
      opened.close();
    }
    return count;
  }, store);
