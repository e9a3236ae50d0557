/**
 * What the tabs of this browser tell each other about the one session they share: one cookie serves them all, so
 * whoever signs out or in does it for every tab. Without `BroadcastChannel` a tab hears it from the server.
 */
import type { OwnProfile } from '../../../protocol/accounts.ts';
import { isOwnProfile } from '../lib/own-profile.ts';

export type TabNews = { type: 'signed_in'; me: OwnProfile } | { type: 'signed_out'; userId: string };

export interface Tabs {
  /** To the others; not to ourselves. */
  tell(news: TabNews): void;
  onNews(listener: (news: TabNews) => void): void;
}

/** What we use of a `BroadcastChannel`. */
export interface Channel {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
}

export const createTabs = (channel: Channel | undefined): Tabs => ({
  tell: (news) => channel?.postMessage(news),
  onNews: (listener) =>
    channel?.addEventListener('message', ({ data }) => {
      const news = newsOf(data);
      if (news) listener(news);
    }),
});

export function browserTabs(): Tabs {
  try {
    return createTabs(new BroadcastChannel('natter-session'));
  } catch {
    return createTabs(undefined);
  }
}

/** Null: another version's. */
function newsOf(data: unknown): TabNews | null {
  if (typeof data !== 'object' || data === null || !('type' in data)) return null;
  if (data.type === 'signed_in' && 'me' in data && isOwnProfile(data.me)) return { type: 'signed_in', me: data.me };
  if (data.type === 'signed_out' && 'userId' in data && typeof data.userId === 'string') return { type: 'signed_out', userId: data.userId };
  return null;
}
