/** What the banner says about the connection. Knows no time: whoever shows it waits a while first. */
import type { ConnectionStatus, EndReason } from '@natter/client';

export interface ConnectionNotice {
  /** `ended` is final and said at once; the others pass. */
  kind: 'offline' | 'reconnecting' | 'ended';
  text: string;
  canReopen: boolean;
}

export function connectionNotice(status: ConnectionStatus, online: boolean): ConnectionNotice | null {
  if (status.state === 'ended') return ended(status.reason);
  if (!online || status.state === 'offline') {
    return { kind: 'offline', text: 'You are offline. What you write is kept and sent when you are back.', canReopen: false };
  }
  if (status.state === 'connecting' || status.state === 'waiting') return { kind: 'reconnecting', text: 'Reconnecting…', canReopen: false };
  return null;
}

function ended(reason: EndReason | undefined): ConnectionNotice {
  if (reason === undefined) return { kind: 'ended', text: 'The connection was closed.', canReopen: true };
  return { kind: 'ended', text: ENDED[reason], canReopen: reason === 'replaced' };
}

const ENDED: Record<EndReason, string> = {
  replaced: 'This conversation is open in another window.',
  not_a_member: 'You are no longer a member of this conversation.',
  other_user: 'Somebody else has signed in. Nothing that you wrote is lost.',
  unauthenticated: 'You were signed out. Sign in again to go on.',
};
