/** All conversations, and one of them, as state. */
import type { InboxView } from '@natter/client';
import type { ConversationRow } from '../../../protocol/conversations.ts';
import { useObservable } from './use-observable.ts';
import { useSignedIn } from './use-session.ts';

export const useInbox = (): InboxView => useObservable(useSignedIn().client.inbox.view);

/** Undefined when it does not wait for an answer of ours. */
export const useRequest = (conversationId: string): ConversationRow | undefined =>
  useInbox().requests.find((row) => row.conversation_id === conversationId);

/** Undefined when it is not in the list: not ours, or not known yet. */
export const useInboxRow = (conversationId: string): ConversationRow | undefined =>
  useInbox().conversations.find((row) => row.conversation_id === conversationId);
