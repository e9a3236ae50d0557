/** The shape around a text: one's own on the right, others' on the left, corners by the place in the group. */
import type { ReactNode } from 'react';

interface BubbleProps {
  isOwn: boolean;
  endsGroup: boolean;
  isFlashed?: boolean;
  isRefused?: boolean;
  children: ReactNode;
}

export function MessageBubble({ isOwn, endsGroup, isFlashed = false, isRefused = false, children }: BubbleProps) {
  const corner = endsGroup ? (isOwn ? 'rounded-br-md' : 'rounded-bl-md') : '';
  const tone = isRefused ? 'bg-danger-soft ring-1 ring-danger/40' : isOwn ? 'bg-own' : 'bg-other shadow-bubble';
  return (
    <div className={`max-w-full min-w-0 rounded-2xl px-3.5 py-2 text-ink ${corner} ${tone} ${isFlashed ? 'animate-flash' : ''}`}>{children}</div>
  );
}
