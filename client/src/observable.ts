/** A value computed when somebody asks, and the same reference until it is declared outdated. */
import type { Observable } from './types.ts';

export interface Source<T> extends Observable<T> {
  /** The value may have changed: listeners are told, and the next `get` computes it anew. */
  outdate(): void;
  isObserved(): boolean;
}

export function createSource<T>(compute: () => T, onSubscribe: () => void = () => {}, onUnsubscribe: () => void = () => {}): Source<T> {
  const listeners = new Set<{ listener: () => void }>();
  let current: { value: T } | undefined;
  return {
    get: () => (current ??= { value: compute() }).value,
    subscribe(listener) {
      // Wrapped, so that the same function can subscribe twice.
      const subscription = { listener };
      listeners.add(subscription);
      onSubscribe();
      return () => {
        if (listeners.delete(subscription)) onUnsubscribe();
      };
    },
    isObserved: () => listeners.size > 0,
    outdate() {
      current = undefined;
      for (const { listener } of [...listeners]) listener();
    },
  };
}
