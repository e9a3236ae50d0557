/** One row: the day's name and the line above what is new, where they belong, then the entry itself. */
import type { Member } from '../../../protocol/server-frames.ts';
import { memo } from 'react';
import { calendar } from '../hooks/use-browser.ts';
import { usePeople, useSignedIn } from '../hooks/use-session.ts';
import { ErrorBoundary } from '../ui/error-boundary.tsx';
import { noticeOf } from '../lib/notices.ts';
import { reached, type Reach } from '../lib/receipts.ts';
import type { Row } from '../lib/timeline-rows.ts';
import { LocalMessage } from './local-message.tsx';
import { MessageItem } from './message-item.tsx';
import type { MessageActions } from './use-actions.ts';

export interface TimelineRowProps {
  row: Row;
  now: number;
  isGroup: boolean;
  isFlashed: boolean;
  reach: Reach;
  conversationId: string;
  members: readonly Member[];
  actions: MessageActions;
  onJump: (messageId: number) => unknown;
}

/** One that cannot be drawn leaves the others alone. */
export const TimelineRow = memo(function TimelineRow(props: TimelineRowProps) {
  return (
    <ErrorBoundary of={props.row.kind === 'local' ? props.row.entry : props.row.message} fallback={<NotShown />}>
      <DrawnRow {...props} />
    </ErrorBoundary>
  );
});

function DrawnRow(props: TimelineRowProps) {
  const { row, now, reach } = props;
  return (
    <div className={row.endsGroup ? 'pb-3' : 'pb-0.5'}>
      {row.startsDay ? <DayHeading at={row.at} now={now} /> : null}
      {row.startsUnread ? <UnreadLine /> : null}
      {row.kind === 'notice' ? <Notice row={row} /> : null}
      {row.kind === 'message' ? <MessageItem {...props} row={row} reached={reached(row.message.message_id, reach)} /> : null}
      {row.kind === 'local' ? <LocalMessage {...props} row={row} /> : null}
    </div>
  );
}

const NotShown = () => (
  <p className="mx-auto mb-3 w-fit max-w-[80%] rounded-2xl border border-line px-3.5 py-2 text-center text-sm text-muted italic">
    This message can’t be shown.
  </p>
);

const DayHeading = ({ at, now }: { at: number; now: number }) => (
  <div className="flex justify-center pt-4 pb-3">
    <h3 className="rounded-full bg-sunken px-3 py-0.5 text-xs font-medium text-muted">{calendar.heading(at, now)}</h3>
  </div>
);

const UnreadLine = () => (
  <div className="flex items-center gap-3 pt-2 pb-3 text-xs font-semibold text-accent">
    <span className="h-px flex-1 bg-accent/40" />
    New messages
    <span className="h-px flex-1 bg-accent/40" />
  </div>
);

function Notice({ row }: { row: Row & { kind: 'notice' } }) {
  const { me } = useSignedIn();
  const { name } = usePeople();
  const text = noticeOf(row.message, me.user_id, name);
  return text === null ? null : <p className="mx-auto max-w-[80%] py-0.5 text-center text-xs text-muted">{text}</p>;
}
