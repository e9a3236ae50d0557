/**
 * What the user's devices are told of conversations: one string to every inbox socket. Whoever
 * was told of an unread message owes an acknowledgement until it has the row, or has the
 * message by another way, or it is read.
 */
import type { Message } from '../../protocol/message.ts';
import type { InboxConnection, InboxConnections } from './connections.ts';
import { isMember, toRow, unreadOf } from './inbox.ts';
import type { InboxRecord } from './schema.ts';

export interface NewsDeps {
  connections: InboxConnections;
  now(): number;
  /** Some device owes an acknowledgement. */
  owed(): void;
}

export class News {
  readonly #deps: NewsDeps;

  constructor(deps: NewsDeps) {
    this.#deps = deps;
  }

  /** `stored` false: the row is not written yet, so the frame has no cursor. */
  moved(record: InboxRecord, messages: readonly Message[], stored: boolean): void {
    const { conversation_id, version, last_message_id } = record;
    if (record.role === null) {
      this.#settleAll(conversation_id);
      return this.#tell(JSON.stringify({ op: 'removed', cursor: String(version), conversation_id }));
    }
    const cursor = stored ? { cursor: String(version) } : {};
    const text = JSON.stringify({ op: 'conversation', ...cursor, conversation: toRow(record), messages });
    // Of a request nobody is notified.
    const isUnread = isMember(record) && unreadOf(record) > 0;
    if (!isUnread) this.#settleAll(conversation_id);
    this.#tell(text, (connection) => {
      const before = connection.attachment.owed[conversation_id];
      if (!isUnread || (messages.length === 0 && before === undefined)) return false;
      connection.owe(conversation_id, { version: stored ? version : null, message_id: last_message_id });
      return true;
    });
  }

  #tell(text: string, owes: (connection: InboxConnection) => boolean = () => false): void {
    const { connections, now, owed } = this.#deps;
    let someOwe = false;
    for (const connection of connections.all()) if (connections.send(connection, text, now()) && owes(connection)) someOwe = true;
    if (someOwe) owed();
  }

  #settleAll(conversationId: string): void {
    for (const connection of this.#deps.connections.all()) connection.settle((id) => id === conversationId);
  }
}
