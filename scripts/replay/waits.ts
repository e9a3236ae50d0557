/** What is told while a server is away or asks to wait. */
import type { NatterError } from '@natter/client';
import { showMs } from './figures.ts';
import type { OnWait } from './patience.ts';
import type { Progress } from './progress.ts';
import type { Stage } from './stage.ts';

const TOLD_AGAIN_AFTER_MS = 10_000;

interface Teller {
  progress: Progress;
  now(): number;
}

/** Tells when everybody has lost the connection, and when it goes on. */
export function watchAway({ progress: { say }, now }: Teller, stage: Stage) {
  let since: number | null = null;
  return {
    look(): void {
      if (since !== null || stage.online() > 0) return;
      since = now();
      say('The server is away; waiting for it to come back');
    },
    back(): void {
      if (since === null) return;
      say(
        `The server is back after ${showMs(now() - since)}; going on with ${stage.online()} of ${stage.present.length} members connected so far`,
      );
      since = null;
    },
  };
}

/** Many wait for the same; once is enough. */
export function tellWaits({ progress, now }: Teller): OnWait {
  let toldAt = -Infinity;
  return (error: NatterError, seconds: number) => {
    if (now() < toldAt + TOLD_AGAIN_AFTER_MS) return;
    toldAt = now();
    const advice = error.code === 'rate_limited' ? ' Rate limits are a hundred times higher with LIMITS=relaxed npm start.' : '';
    progress.say(`Waiting, ${Math.ceil(seconds)} s at a time: ${error.detail.replace(/\.$/, '')}.${advice}`);
  };
}
