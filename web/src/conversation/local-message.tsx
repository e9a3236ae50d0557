/** A message that the server does not have yet. A refused one keeps its text until its author lets go of it. */
import type { LocalEntry } from '@natter/client';
import type { Member } from '../../../protocol/server-frames.ts';
import { mentionsOf } from '../lib/mentions.ts';
import { notSentLine } from '../lib/refusals.ts';
import type { Row } from '../lib/timeline-rows.ts';
import { BubbleLine, MessageBubble } from './message-bubble.tsx';
import { MessageText } from './message-text.tsx';
import { Quote } from './quote.tsx';
import type { TimelineRowProps } from './timeline-row.tsx';
import type { MessageActions } from './use-actions.ts';

export function LocalMessage({ row, conversationId, members, actions, onJump }: TimelineRowProps & { row: Row & { kind: 'local' } }) {
  const { entry } = row;
  const isRefused = entry.state === 'refused';
  return (
    <div className="flex flex-col items-end">
      <div className="max-w-[min(85%,38rem)] min-w-0">
        <MessageBubble isOwn endsGroup={row.endsGroup} isRefused={isRefused}>
          <span className="sr-only">You: </span>
          {entry.reply_to === undefined ? null : <Quote conversationId={conversationId} messageId={entry.reply_to} onJump={onJump} />}
          <BubbleLine at={entry.created_at} mark={isRefused ? 'refused' : 'waiting'}>
            <MessageText text={entry.content} mentions={entry.mentions} />
          </BubbleLine>
        </MessageBubble>
      </div>
      {isRefused ? <Refused entry={entry} members={members} actions={actions} /> : null}
      {entry.volatile === true && !isRefused ? (
        <p className="pt-1 text-right text-sm text-muted">This device could not keep it. Leave Natter open until it is sent.</p>
      ) : null}
    </div>
  );
}

function Refused({ entry, members, actions }: { entry: LocalEntry; members: readonly Member[]; actions: MessageActions }) {
  return (
    <div role="alert" className="flex flex-wrap items-center justify-end gap-x-3 gap-y-1 pt-1 text-sm">
      <span className="basis-full text-right text-danger sm:basis-auto">Not sent. {reasonOf(entry, members)}</span>
      <button type="button" className={actionClass} onClick={() => actions.retry(entry)}>
        Retry
      </button>
      <button type="button" className={actionClass} onClick={() => actions.copy(entry.content)}>
        Copy
      </button>
      <button type="button" className={actionClass} onClick={() => actions.discard(entry)}>
        Discard
      </button>
    </div>
  );
}

const actionClass = 'rounded py-1 font-semibold text-accent underline-offset-2 hover:underline';

function reasonOf({ refusal, mentions = [] }: LocalEntry, members: readonly Member[]): string {
  if (refusal === undefined) return '';
  if (mentionsOf(members, mentions).length < mentions.length) return 'Somebody you mention has left.';
  return notSentLine(refusal);
}
