/** The app's addresses: the list at `/`, a conversation at `/c/{id}`. Anything else is the list. */
import { isUuid } from '../../../protocol/ids.ts';

export type Route = { page: 'list' } | { page: 'conversation'; conversationId: string };

export function routeOf(path: string): Route {
  const id = /^\/c\/([^/]+)\/?$/u.exec(path)?.[1];
  return isUuid(id) ? { page: 'conversation', conversationId: id } : { page: 'list' };
}

export const pathOf = (route: Route): string => (route.page === 'conversation' ? `/c/${route.conversationId}` : '/');
