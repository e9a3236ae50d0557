/** What is known of one conversation: from the list when it is there, else asked for. */
import type { TimelineView } from '@natter/client';
import { useEffect, useState } from 'react';
import type { Conversation } from '../../../protocol/conversations.ts';
import { useInbox } from '../hooks/use-inbox.ts';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { otherOf, titleOf } from '../lib/people.ts';
import { asked } from '../session/asked.ts';

export interface ConversationInfo {
  id: string;
  kind: 'direct' | 'group';
  /** Undefined while the name of the other is being looked up. */
  title: string | undefined;
  avatarUrl: string | null | undefined;
  /** Whose initials and colour it has: the other's, or its own. */
  avatarId: string;
  /** The other one of a direct conversation. */
  other: string | undefined;
}

/** Undefined: not known yet. Null: there is no such conversation for this user. */
export function useConversationInfo(conversationId: string, view: TimelineView): ConversationInfo | null | undefined {
  const { me, client, people } = useSignedIn();
  const { conversations, loading } = useInbox();
  const { known } = usePeople();
  const row = conversations.find((one) => one.conversation_id === conversationId);
  const [described, setDescribed] = useState<Conversation | null>();
  const isListed = row !== undefined;

  useEffect(() => {
    if (isListed || loading) return;
    let current = true;
    void asked(client.api.describe(conversationId)).then((answer) => {
      if (!current) return;
      if (answer.ok) setDescribed(answer.value);
      else if (answer.refusal.code === 'not_found') setDescribed(null);
    });
    return () => {
      current = false;
    };
  }, [client, conversationId, isListed, loading]);

  const source = row ?? described;
  const members = row?.members ?? (described ?? view).members.map((member) => member.user_id);
  const other = source?.kind === 'direct' ? otherOf(members, me.user_id) : undefined;
  useEffect(() => {
    if (other !== undefined) people.want([other]);
  }, [people, other]);

  if (!source) return source;
  return {
    id: conversationId,
    kind: source.kind,
    title: titleOf({ kind: source.kind, title: latestTitle(view) ?? source.title, members }, me.user_id, known),
    avatarUrl: other === undefined ? source.avatar_url : known(other)?.avatar_url,
    avatarId: other ?? conversationId,
    other,
  };
}

/** The list is seconds behind the log of an open conversation: a new title shows at once. */
function latestTitle(view: TimelineView): string | undefined {
  const change = view.entries.findLast((entry) => entry.kind === 'message' && entry.message.conversation?.title);
  return change?.kind === 'message' ? (change.message.conversation?.title ?? undefined) : undefined;
}
