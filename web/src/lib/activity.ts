/** Whether somebody is here: the tab is visible, and was touched not long ago. Pure. */

/** Without a touch for this long, whoever it was has gone for a coffee. */
export const IDLE_AFTER_MS = 5 * 60_000;

export interface Activity {
  isVisible: boolean;
  /** The last key, movement or touch, or when the tab came to the front. */
  touchedAt: number;
}

export const isActive = ({ isVisible, touchedAt }: Activity, now: number): boolean => isVisible && now - touchedAt < IDLE_AFTER_MS;

/** When it has to be looked at again, if nothing happens before; null: only something that happens can change it. */
export const idleIn = (activity: Activity, now: number): number | null =>
  isActive(activity, now) ? activity.touchedAt + IDLE_AFTER_MS - now : null;
