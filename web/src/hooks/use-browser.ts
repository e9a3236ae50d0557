/** Small facts of the browser as state: the time of day, visibility, being online, a value that lasted. */
import { useEffect, useState, useSyncExternalStore } from 'react';
import { createCalendar, type Calendar } from '../lib/calendar.ts';

export const calendar: Calendar = createCalendar();

/** Renewed every minute: enough for "today" and "yesterday". */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 60_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function useOnline(): boolean {
  return useSyncExternalStore(
    (onChange) => listen(globalThis, ['online', 'offline'], onChange),
    () => navigator.onLine,
  );
}

/** In front of somebody's eyes: the tab is visible and the window has the focus. */
export function useAttention(): boolean {
  return useSyncExternalStore(
    (onChange) => {
      const stop = [listen(globalThis, ['focus', 'blur'], onChange), listen(document, ['visibilitychange'], onChange)];
      return () => {
        for (const off of stop) off();
      };
    },
    () => document.visibilityState === 'visible' && document.hasFocus(),
  );
}

/** The value once it has stayed the same for a while; null at once when it is null. */
export function useLasting<T>(value: T | null, delayMs: number): T | null {
  const [lasting, setLasting] = useState<T | null>(null);
  useEffect(() => {
    if (value === null) {
      setLasting(null);
      return;
    }
    const timer = setTimeout(() => setLasting(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return value === null ? null : lasting;
}

function listen(target: EventTarget, events: string[], onChange: () => void): () => void {
  for (const event of events) target.addEventListener(event, onChange);
  return () => {
    for (const event of events) target.removeEventListener(event, onChange);
  };
}
