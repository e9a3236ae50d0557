/**
 * Whether three things are the same: the file, the log as the server tells it, the timeline as a client
 * shows it. Pure; answers what differs in sentences, nothing when they are equal.
 */
import { isDeepStrictEqual } from 'node:util';
import type { TimelineView } from '@natter/client';
import type { Message } from '../../protocol/message.ts';
import type { Line } from './day.ts';

const NAMED_MAX = 3;

/** Numbers of the log's entries by line, as far as the log goes. */
export const numbersOf = (lines: readonly Line[], log: readonly Message[]): Map<number, number> =>
  new Map(lines.slice(0, log.length).map(({ line }, index) => [line, log[index]!.message_id]));

/** `senderOf`: the user id that a nick speaks as. Lines that were refused are not among `lines`. */
export function logDifferences(lines: readonly Line[], log: readonly Message[], senderOf: (nick: string) => string): string[] {
  const numbers = numbersOf(lines, log);
  const differences = log.length === lines.length ? [] : [`the log has ${log.length} entries, the file ${lines.length}`];
  for (const [index, line] of lines.slice(0, log.length).entries()) {
    const { message_id, type, sender_id, content, reply_to } = log[index]!;
    const found = { message_id, type, sender_id, content, reply_to };
    const wanted = {
      message_id: index + 1,
      type: 'text',
      sender_id: senderOf(line.from),
      content: line.content,
      reply_to: line.replyTo === null ? undefined : numbers.get(line.replyTo),
    };
    if (!isDeepStrictEqual(found, wanted)) differences.push(`line ${line.line}: the log has ${show(found)}, the file ${show(wanted)}`);
  }
  return named(differences);
}

export function timelineDifferences(view: TimelineView, log: readonly Message[]): string[] {
  const { entries, hasOlder, catchingUp, lastMessageId } = view;
  const differences: string[] = [];
  if (hasOlder || catchingUp) differences.push(`the timeline is not whole (${hasOlder ? 'older' : 'newer'} entries are missing)`);
  if (entries.length !== log.length) differences.push(`the timeline has ${entries.length} entries, the log ${log.length}`);
  const last = log.at(-1)?.message_id ?? 0;
  if (lastMessageId !== last) differences.push(`the timeline ends at ${lastMessageId}, the log at ${last}`);
  for (const [index, message] of log.slice(0, entries.length).entries()) {
    const entry = entries[index]!;
    if (entry.kind === 'local') differences.push(`entry ${index + 1} waits to be sent: ${show(entry.entry)}`);
    else if (!isDeepStrictEqual(entry.message, message)) {
      differences.push(`entry ${index + 1}: the timeline has ${show(entry.message)}, the log ${show(message)}`);
    }
  }
  return named(differences);
}

const show = (value: object): string => JSON.stringify(value);

/** One entry too many makes all that follow differ: the first few tell it. */
const named = (differences: string[]): string[] =>
  differences.length <= NAMED_MAX ? differences : [...differences.slice(0, NAMED_MAX), `and ${differences.length - NAMED_MAX} more`];
