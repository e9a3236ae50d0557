/** What users' objects tell each other about presence. Who may see what is found out on the watcher's side. */
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
}

export interface PresenceNews extends PresenceState {
  user_id: string;
}

/** Whether the one who was told does watch: then it is remembered as a watcher. */
export type Watching = Watch | null;
