/**
 * How often a message may be edited: so many times an hour, and so many in all. Pure. The count
 * stands in the message's own row, which an edit writes anyway, so nothing is searched or added up.
 */
import { EDITS_PER_HOUR_MAX, EDITS_PER_MESSAGE_MAX } from '../../../protocol/limits.ts';
import { accept, refuse, type Outcome } from '../../../protocol/outcome.ts';
import { fullBucket, scaledRate, takeToken, type Bucket, type Rate } from '../../kit/token-bucket.ts';

interface EditCount extends Bucket {
  total: number;
}

export const editRate = (rateFactor: number): Rate =>
  scaledRate({ burst: EDITS_PER_HOUR_MAX, perSecond: EDITS_PER_HOUR_MAX / 3_600 }, rateFactor);

/** @param json the count as the row has it; null: not edited yet. @returns the count with one more */
export function countEdit(json: string | null, rate: Rate, now: number): Outcome<string> {
  const count = json === null ? { total: 0, ...fullBucket(rate, now) } : (JSON.parse(json) as EditCount);
  if (count.total >= EDITS_PER_MESSAGE_MAX) return refuse('conflict', `A message takes at most ${EDITS_PER_MESSAGE_MAX} edits.`);
  const wait = takeToken(count, rate, now);
  if (wait > 0) return refuse('rate_limited', 'This message was edited too often in the last hour.', { retry_after: wait });
  const { total, tokens, at } = count;
  return accept(JSON.stringify({ total: total + 1, tokens: Math.round(tokens * 1_000) / 1_000, at }));
}
