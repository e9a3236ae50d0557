/** What a session's end leads to in the user's object: sockets close, devices lose their push addresses. */
import { CLOSE } from '../../../protocol/errors.ts';
import { accept, type Outcome } from '../../../protocol/outcome.ts';
import type { InboxConnections } from '../connections.ts';
import type { Devices } from '../devices/devices.ts';
import type { DeviceStore } from '../devices/store.ts';
import type { LegacySessions } from './legacy.ts';
import { OpenedConversations } from './opened.ts';
import { Sessions } from './sessions.ts';
import type { SessionStore } from './store.ts';

interface World {
  platform: {
    sessionStore: SessionStore;
    legacySessions: LegacySessions;
    deviceStore: DeviceStore;
    userId(): string;
    rateFactor: number;
    now(): number;
  };
  devices: Devices;
  connections: InboxConnections;
  /** Closes its sockets in all of the user's conversations, in these first; nobody waits for it, and it survives a crash. */
  sweep(sessionId: string, first: readonly string[]): void;
}

export function openSessions({ platform, devices, connections, sweep }: World): { sessions: Sessions; opened: OpenedConversations } {
  const opened = new OpenedConversations(connections);
  const sessions = new Sessions({
    store: platform.sessionStore,
    legacy: platform.legacySessions,
    opened,
    userId: () => platform.userId(),
    now: () => platform.now(),
    rateFactor: platform.rateFactor,
    registerDevice: (session, deviceId) => devices.touch(session, deviceId),
    isOnDevice: (sessionId) => platform.deviceStore.all().some(({ session_id }) => session_id === sessionId),
    onExpired: (sessionId) => devices.forgetSession(sessionId),
    // Its sockets here close at once, those where it was lately next, and then it is looked for in all others.
    onEnded: ({ session_id, conversation_ids, has_sockets }) => {
      devices.forgetSession(session_id);
      connections.closeWhere(({ attachment }) => attachment.session_id === session_id, CLOSE.credentials_ended, 'the session has ended');
      if (has_sockets) sweep(session_id, conversation_ids);
    },
  });
  return { sessions, opened };
}

/** The session that last used it ends first: where that is refused, the device stays. */
export function removeDevice(
  { devices, sessions }: { devices: Devices; sessions: Sessions },
  deviceId: string,
): Outcome<{ session_id: string | null }> {
  const found = devices.sessionOf(deviceId);
  if (!found.ok) return found;
  const ended = found.value.session_id === null ? accept(null) : sessions.end(found.value.session_id);
  if (!ended.ok) return ended;
  const deleted = devices.delete(deviceId);
  return deleted.ok ? found : deleted;
}
