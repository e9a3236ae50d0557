/** An observable as React state. */
import type { Observable } from '@natter/client';
import { useSyncExternalStore } from 'react';

export function useObservable<T>(observable: Observable<T>): T {
  return useSyncExternalStore(
    (onChange) => observable.subscribe(onChange),
    () => observable.get(),
  );
}
