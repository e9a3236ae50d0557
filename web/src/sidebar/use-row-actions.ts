/** What can be done with a conversation from the list. Shown at once; what is refused is undone by the client and told here. */
import { useMemo } from 'react';
import type { ConversationRow } from '../../../protocol/conversations.ts';
import type { SettingsBody } from '../../../protocol/inbox.ts';
import { useSignedIn } from '../hooks/use-session.ts';
import { undoneLine } from '../lib/refusals.ts';
import { asked } from '../session/asked.ts';

export interface RowActions {
  change(row: ConversationRow, settings: SettingsBody): void;
  markRead(row: ConversationRow): void;
}

export function useRowActions(onFailure: (text: string | null) => void): RowActions {
  const { client } = useSignedIn();
  return useMemo(() => {
    async function attempt(answer: Promise<unknown>): Promise<void> {
      const outcome = await asked(answer);
      onFailure(outcome.ok ? null : undoneLine(outcome.refusal));
    }
    const change = (row: ConversationRow, settings: SettingsBody) =>
      void attempt(client.inbox.changeSettings(row.conversation_id, settings));
    return {
      change,
      markRead(row: ConversationRow) {
        if (row.marked_unread) change(row, { marked_unread: false });
        if (row.unread_count > 0) void attempt(client.api.read(row.conversation_id, row.last_message_id));
      },
    };
  }, [client, onFailure]);
}
