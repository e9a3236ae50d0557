/** How the objects are found: by name, always with a fresh stub, since one that failed keeps failing. */
import type { Bindings } from '../durable/bindings.ts';

export const conversationObject = ({ CONVERSATION }: Pick<Bindings, 'CONVERSATION'>, conversationId: string) =>
  CONVERSATION.get(CONVERSATION.idFromName(conversationId));

export const inboxObject = ({ USER_INBOX }: Pick<Bindings, 'USER_INBOX'>, userId: string) => USER_INBOX.get(USER_INBOX.idFromName(userId));
