/** What the tab, its icon and the app's icon say about unread messages. Muted and archived ones are left out before. */
import type { InboxView } from '@natter/client';

export interface Badge {
  title: string;
  /** A dot on the icon. */
  hasDot: boolean;
  /** The number on the app's icon: null for a dot without one, 0 for none. */
  count: number | null;
}

export function badgeOf({ messages, conversations }: InboxView['unread']): Badge {
  if (messages > 0) return { title: `(${messages > 999 ? '999+' : messages}) Natter`, hasDot: true, count: messages };
  // Marked unread by hand, and nothing in it to count.
  if (conversations > 0) return { title: '• Natter', hasDot: true, count: null };
  return { title: 'Natter', hasDot: false, count: 0 };
}
