/** How far an own message has got: waiting, stored, delivered to everybody, read by everybody. */
import { Check, CheckCheck, CircleAlert, Clock3 } from 'lucide-react';
import type { Reached } from '../lib/receipts.ts';

const MARKS = {
  waiting: { Icon: Clock3, label: 'Waiting to be sent', tone: 'text-muted' },
  refused: { Icon: CircleAlert, label: 'Not sent', tone: 'text-danger' },
  stored: { Icon: Check, label: 'Sent', tone: 'text-muted' },
  delivered: { Icon: CheckCheck, label: 'Delivered', tone: 'text-muted' },
  read: { Icon: CheckCheck, label: 'Read', tone: 'text-accent' },
} as const;

export type Mark = Reached | 'waiting' | 'refused';

export function DeliveryMark({ state }: { state: Mark }) {
  const { Icon, label, tone } = MARKS[state];
  return (
    <span data-mark={state} title={label} className={tone}>
      <Icon className="size-3.5" aria-hidden />
      <span className="sr-only">{label}</span>
    </span>
  );
}
