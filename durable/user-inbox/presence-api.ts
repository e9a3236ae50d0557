/**
 * What users' objects tell each other about presence. Who may see what is found out on the
 * watcher's side, and asked again when the watched says that it may have changed.
 */
import type { PresenceStatus } from '../../protocol/inbox.ts';

export interface Watch {
  watcher_id: string;
  /** Milliseconds since 1970; lapses then. */
  until: number;
  /** Both sides' privacy lets the watcher see when the watched was last here. */
  sees_last_seen: boolean;
}

export interface PresenceState {
  status: PresenceStatus;
  /** With `offline`, when it is known and may be seen. */
  last_seen: number | null;
  /** When it was so, by the clock of the watched: of two, the later one holds, in whatever order they come. */
  at: number;
}

export interface PresenceNews extends PresenceState {
  user_id: string;
  /** Blocks or privacy have changed: what the watcher remembers of being allowed no longer holds. */
  ask_again?: true;
}

/** Whether the one who was told does watch: then it is remembered as a watcher. */
export type Watching = Watch | null;
