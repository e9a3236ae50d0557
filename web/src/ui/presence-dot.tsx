/** A dot on a picture for somebody who is there. Said in words to those who cannot see it. */
import { usePresence } from '../hooks/use-presence.ts';

export function PresenceDot({ userId }: { userId: string | undefined }) {
  const presence = usePresence(userId);
  if (presence === null || presence.status === 'offline') return null;
  const isOnline = presence.status === 'online';
  return (
    <span
      data-presence={presence.status}
      title={isOnline ? 'Online' : 'Idle'}
      className={`absolute -right-px -bottom-px size-3.5 rounded-full border-[2.5px] border-surface ${isOnline ? 'bg-present' : 'bg-idle'}`}
    >
      <span className="sr-only">{isOnline ? 'online' : 'idle'}</span>
    </span>
  );
}
