/** Refused frames in the log, at most so many: whoever floods an object does not fill it. */
import type { Refusal } from '../../protocol/errors.ts';
import { fullBucket, takeToken } from './token-bucket.ts';

const LOGGED = { burst: 20, perSecond: 1 };

/** @param log told each refusal that is logged, and how many before it were not */
export function refusalLog(log: (refusal: Refusal, unlogged: number) => void, now: () => number): (refusal: Refusal) => void {
  const bucket = fullBucket(LOGGED, now());
  let unlogged = 0;
  return (refusal) => {
    if (takeToken(bucket, LOGGED, now()) > 0) return void (unlogged += 1);
    log(refusal, unlogged);
    unlogged = 0;
  };
}
