/** The tab's title, the dot on its icon and the number on the app's: how much is unread. */
import { useEffect } from 'react';
import { badgeOf } from '../lib/badge.ts';
import { useInbox } from './use-inbox.ts';

const ICON = '/favicon.svg';
const ICON_WITH_DOT = '/favicon-unread.svg';

export function useBadge(): void {
  const { unread } = useInbox();
  const { title, hasDot, count } = badgeOf(unread);
  useEffect(() => show(title, hasDot, count), [title, hasDot, count]);
  useEffect(() => () => show('Natter', false, 0), []);
}

function show(title: string, hasDot: boolean, count: number | null): void {
  document.title = title;
  document.querySelector('link[rel="icon"]')?.setAttribute('href', hasDot ? ICON_WITH_DOT : ICON);
  // Not in every browser, and refused where the app is not installed: then there is no such icon.
  if ('setAppBadge' in navigator) navigator.setAppBadge(count ?? undefined).catch(() => undefined);
}
