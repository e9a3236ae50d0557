/** The list as it is drawn: what is current, then, behind a heading that opens them, the archived ones. */
import type { ConversationRow } from '../../../protocol/conversations.ts';

export type ListItem = { kind: 'conversation'; row: ConversationRow } | { kind: 'archive'; count: number; unread: number };

/** `rows` in their order. */
export function listItems(rows: readonly ConversationRow[], showArchived: boolean): ListItem[] {
  const item = (row: ConversationRow): ListItem => ({ kind: 'conversation', row });
  const archived = rows.filter((row) => row.archived);
  const current = rows.filter((row) => !row.archived).map(item);
  if (archived.length === 0) return current;
  const unread = archived.filter((row) => row.unread_count > 0 || row.marked_unread).length;
  return [...current, { kind: 'archive', count: archived.length, unread }, ...(showArchived ? archived.map(item) : [])];
}

/** Everybody whose name is needed to show a row. */
export const peopleOf = (row: ConversationRow): string[] => [
  ...(row.members ?? []),
  ...(row.last_message ? [row.last_message.sender_id] : []),
];
