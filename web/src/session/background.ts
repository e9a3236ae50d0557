/**
 * Notifications of a tab that is open and not looked at: its socket is there, so the server sends no push.
 * Only the tab that has the inbox hears of anything, so only that one tells it.
 */
import type { InboxHandle } from '@natter/client';
import type { ConversationRow } from '../../../protocol/conversations.ts';
import { messageOf, newsIn, type News } from '../lib/news.ts';
import type { Directory } from './directory.ts';
import type { Notifications } from './notifications.ts';

export interface BackgroundDeps {
  inbox: Pick<InboxHandle, 'view'>;
  people: Pick<Directory, 'find'>;
  notifications: Pick<Notifications, 'tell' | 'closeRead'>;
  ownId: string;
  isHidden(): boolean;
  now(): number;
}

/** The answer stops it. */
export function tellInBackground({ inbox, people, notifications, ownId, isHidden, now }: BackgroundDeps): () => void {
  /** The list as it was when it was last complete: what came while the socket was gone is news as well. */
  let before: readonly ConversationRow[] | null = null;

  async function tell(news: News): Promise<void> {
    await notifications.tell(messageOf(news, await people.find(news.last_message.sender_id)), now());
    // It may have been read meanwhile, when there was nothing yet to take away.
    await notifications.closeRead(inbox.view.get().conversations);
  }

  function look(): void {
    const { conversations, requests, loading, catchingUp } = inbox.view.get();
    if (loading || catchingUp) return;
    const news = before === null ? [] : newsIn(before, conversations, ownId, now());
    // Of what came before a request was accepted nobody is told afterwards.
    before = [...conversations, ...requests];
    if (isHidden()) for (const one of news) void tell(one);
  }

  look();
  return inbox.view.subscribe(look);
}
