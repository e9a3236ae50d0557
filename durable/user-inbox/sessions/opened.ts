/**
 * In which conversations a session has opened sockets lately, so that its end closes those first.
 * Kept in memory, and where a device has an inbox socket in that one's attachment too, so that it
 * outlives hibernation. It is a hint: the sweep over all conversations misses none.
 */
import type { InboxConnection, InboxConnections } from '../connections.ts';

/** The latest, of one session or one device. */
export const OPENED_MAX = 64;
const SESSIONS_MAX = 200;

export class OpenedConversations {
  readonly #connections: Pick<InboxConnections, 'all' | 'of'>;
  readonly #bySession = new Map<string, string[]>();

  constructor(connections: Pick<InboxConnections, 'all' | 'of'>) {
    this.#connections = connections;
  }

  note(sessionId: string, deviceId: string, conversationId: string): void {
    const noted = latest(this.#bySession.get(sessionId) ?? [], conversationId);
    this.#bySession.delete(sessionId);
    this.#bySession.set(sessionId, noted);
    const [oldest] = this.#bySession.keys();
    if (this.#bySession.size > SESSIONS_MAX && oldest !== undefined) this.#bySession.delete(oldest);
    for (const connection of this.#connections.of(deviceId)) if (connection.attachment.session_id === sessionId) keep(connection, noted);
  }

  /** A device has opened its inbox socket: what is known goes along with it. */
  attach(connection: InboxConnection): void {
    const noted = this.#bySession.get(connection.attachment.session_id);
    if (noted !== undefined) keep(connection, noted);
  }

  /** Newest first; nothing is known of it afterwards. */
  take(sessionId: string): string[] {
    const attached = this.#connections
      .all()
      .filter(({ attachment }) => attachment.session_id === sessionId)
      .flatMap(({ attachment }) => attachment.opened ?? []);
    const noted = this.#bySession.get(sessionId) ?? [];
    this.#bySession.delete(sessionId);
    return [...new Set([...noted.toReversed(), ...attached.toReversed()])];
  }
}

function keep(connection: InboxConnection, noted: readonly string[]): void {
  const before = connection.attachment.opened ?? [];
  if (noted.every((id) => before.includes(id))) return;
  connection.attachment.opened = noted.reduce<string[]>(latest, before);
  connection.save();
}

const latest = (ids: readonly string[], id: string): string[] => [...ids.filter((other) => other !== id).slice(1 - OPENED_MAX), id];
