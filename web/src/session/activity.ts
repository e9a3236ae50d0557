/** Watches the page for signs of somebody being here: tells the client when that changes, and `onHere` each time. */
import type { Client } from '@natter/client';
import { idleIn, isActive, type Activity } from '../lib/activity.ts';

const TOUCHES = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'];

/** The answer stops it. */
export function watchActivity(client: Pick<Client, 'setActive'>, onHere: () => void): () => void {
  const activity: Activity = { isVisible: document.visibilityState === 'visible', touchedAt: Date.now() };
  const controller = new AbortController();
  const { signal } = controller;
  let told: boolean | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function look(): void {
    const now = Date.now();
    const active = isActive(activity, now);
    if (active !== told) client.setActive(active);
    told = active;
    clearTimeout(timer);
    const wait = idleIn(activity, now);
    timer = wait === null ? undefined : setTimeout(look, wait);
  }

  function touch(): void {
    activity.touchedAt = Date.now();
    onHere();
    // A pointer moves a hundred times a second: while one is active, the timer that runs finds out by itself.
    if (told !== true) look();
  }

  for (const name of TOUCHES) addEventListener(name, touch, { signal, passive: true, capture: true });
  const returned = () => {
    activity.isVisible = document.visibilityState === 'visible';
    if (activity.isVisible) touch();
    look();
  };
  addEventListener('focus', returned, { signal });
  document.addEventListener('visibilitychange', returned, { signal });
  returned();
  return () => {
    controller.abort();
    clearTimeout(timer);
  };
}
