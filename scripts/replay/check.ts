/** Compares what every member has with the file: the log by HTTP, page by page, and the client's timeline. */
import type { Client } from '@natter/client';
import { SYNC_ENTRIES_MAX } from '../../protocol/limits.ts';
import type { Message } from '../../protocol/message.ts';
import type { Line } from './day.ts';
import { eachOf, patiently, type OnWait } from './patience.ts';
import type { Seat, Stage } from './stage.ts';
import { logDifferences, timelineDifferences } from './verdict.ts';

const CHECKING_AT_ONCE = 4;

export async function logOf({ api }: Client, conversationId: string, onWait: OnWait): Promise<Message[]> {
  const log: Message[] = [];
  for (let more = true; more;) {
    const page = await patiently(() => api.sync(conversationId, log.at(-1)?.message_id ?? 0, SYNC_ENTRIES_MAX), onWait);
    log.push(...page.messages);
    more = page.has_more && page.messages.length > 0;
  }
  return log;
}

export interface Difference {
  name: string;
  differences: string[];
}

/** Answers the members whose log or timeline differs. */
export async function check(
  stage: Stage,
  lines: readonly Line[],
  senderOf: (nick: string) => string,
  onWait: OnWait,
  onProgress: (done: number) => void,
): Promise<Difference[]> {
  let done = 0;
  const found = await eachOf(stage.seats, CHECKING_AT_ONCE, async ({ name, client, handle: enter }: Seat) => {
    const handle = enter();
    const log = await logOf(client, handle.id, onWait);
    while (handle.timeline.get().hasOlder) if (!(await patiently(() => handle.loadOlder(), onWait)).has_more) break;
    const differences = [...logDifferences(lines, log, senderOf), ...timelineDifferences(handle.timeline.get(), log)];
    onProgress(++done);
    return { name, differences };
  });
  return found.filter(({ differences }) => differences.length > 0);
}
