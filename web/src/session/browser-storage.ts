/**
 * The browser's small storage, where everything may throw: the property itself (storage is forbidden), reading, and
 * writing (it is full). What cannot be kept is held for as long as the page lives; nothing breaks.
 * The only place that touches `localStorage`.
 */

export type SmallStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export function browserStorage(get: () => SmallStorage = () => globalThis.localStorage): SmallStorage {
  /** What the browser did not take; null: what it did not remove. */
  const held = new Map<string, string | null>();

  function attempt<T>(act: (storage: SmallStorage) => T): { value: T } | null {
    try {
      return { value: act(get()) };
    } catch {
      return null;
    }
  }

  function change(key: string, value: string | null): void {
    const done = attempt((storage) => (value === null ? storage.removeItem(key) : storage.setItem(key, value)));
    if (done) held.delete(key);
    else held.set(key, value);
  }

  return {
    getItem: (key) => (held.has(key) ? held.get(key)! : (attempt((storage) => storage.getItem(key))?.value ?? null)),
    setItem: (key, value) => change(key, value),
    removeItem: (key) => change(key, null),
  };
}
