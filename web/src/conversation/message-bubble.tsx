/** The shape around a text: one's own on the right, others' on the left, corners by the place in the group. */
import type { ReactNode } from 'react';
import { calendar } from '../hooks/use-browser.ts';
import { DeliveryMark, type Mark } from './delivery-mark.tsx';

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
    <div className={`max-w-full min-w-0 rounded-2xl px-3.5 py-2 text-ink ${corner} ${tone} ${isFlashed ? 'animate-flash' : ''}`}>
      {children}
    </div>
  );
}

interface BubbleLineProps {
  at: number;
  isEdited?: boolean;
  mark: Mark | null;
  children: ReactNode;
}

/** The text, and after it the time and the mark: on its last line where there is room. */
export function BubbleLine({ at, isEdited = false, mark, children }: BubbleLineProps) {
  return (
    <div className="flex flex-wrap items-end justify-end gap-x-2.5">
      <div className="mr-auto max-w-full min-w-0">{children}</div>
      <span className="flex items-center gap-1 pt-0.5 text-[0.6875rem] leading-4 text-muted">
        {isEdited ? <span>edited</span> : null}
        <time dateTime={new Date(at).toISOString()} title={calendar.full(at)}>
          {calendar.time(at)}
        </time>
        {mark === null ? null : <DeliveryMark state={mark} />}
      </span>
    </div>
  );
}
