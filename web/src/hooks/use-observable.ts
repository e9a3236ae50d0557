/** An observable as React state. */
import type { Observable } from '@natter/client';
import { useCallback, useSyncExternalStore } from 'react';

export function useObservable<T>(observable: Observable<T>): T {
  // The same function until the observable is another: React would subscribe anew at each render, and subscribing connects.
  const subscribe = useCallback((onChange: () => void) => observable.subscribe(onChange), [observable]);
  return useSyncExternalStore(subscribe, () => observable.get());
}
