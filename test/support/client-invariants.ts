/** What must be true of a client's timeline, and of the log it sees: each returns the breaches it found. */
import { isDeepStrictEqual } from 'node:util';
import type { TimelineView } from '../../client/src/index.ts';
import type { Message } from '../../protocol/message.ts';
import type { Disk } from './client-disk.ts';
import { isShown, type FakeLog } from './fake-server/log.ts';
import type { FakeServer } from './fake-server/server.ts';

export const messagesOf = (view: TimelineView): Message[] =>
  view.entries.flatMap((entry) => (entry.kind === 'message' ? [entry.message] : []));

/** At any moment: ascending, each once, and between the first shown and the cursor nothing left out. */
export function timelineBreaches(view: TimelineView, log: FakeLog): string[] {
  const messages = messagesOf(view);
  const breaches: string[] = [];
  const numbers = messages.map(({ message_id }) => message_id);
  if (numbers.some((number, index) => index > 0 && number <= numbers[index - 1]!)) breaches.push(`not ascending: ${numbers.join(' ')}`);
  const expected = numbers.length === 0 ? [] : log.shownBetween(numbers[0]!, view.lastMessageId);
  if (numbers.length !== expected.length || numbers.some((number, index) => number !== expected[index])) {
    breaches.push(`has ${numbers.join(' ')} instead of ${expected.join(' ')}`);
  }
  if (messages.length === view.entries.length) return breaches;
  const stored = new Set(messages.map(({ global_id }) => global_id));
  for (const entry of view.entries) {
    if (entry.kind === 'local' && stored.has(entry.entry.global_id)) breaches.push(`shows ${entry.entry.global_id} twice`);
  }
  return breaches;
}

/** In the end: the timeline is the log, and nothing is left to do. */
export function endBreaches(view: TimelineView, log: FakeLog): string[] {
  const shown = log.all().filter(({ type }) => isShown(type));
  const breaches: string[] = [];
  if (view.catchingUp || view.hasOlder)
    breaches.push(`is not done: ${JSON.stringify({ catchingUp: view.catchingUp, hasOlder: view.hasOlder })}`);
  if (view.lastMessageId !== log.head) breaches.push(`stands at ${view.lastMessageId} of ${log.head}`);
  for (const entry of view.entries) if (entry.kind === 'local') breaches.push(`still has ${JSON.stringify(entry.entry)}`);
  const messages = messagesOf(view);
  for (const [index, message] of shown.entries()) {
    if (isDeepStrictEqual(messages[index], message)) continue;
    breaches.push(`shows ${JSON.stringify(messages[index])} for ${JSON.stringify(message)}`);
    break;
  }
  if (messages.length !== shown.length) breaches.push(`shows ${messages.length} messages of ${shown.length}`);
  return breaches;
}

/** Everything sent from one device is in the log once, in the order of sending. */
export function sendingBreaches(sent: readonly string[], log: FakeLog): string[] {
  const mine = new Set(sent);
  const found = log
    .all()
    .filter(({ global_id }) => mine.has(global_id))
    .map(({ global_id }) => global_id);
  if (found.join() === sent.join()) return [];
  const missing = sent.filter((globalId) => !found.includes(globalId));
  return [
    `sent ${sent.length}, the log has ${found.length}; missing ${missing.join(' ') || 'none, so the order is wrong or one is there twice'}`,
  ];
}

/** No id twice; stored on the device before it was sent; the stamp the same at every try, unless the server could not use it. */
export function wireBreaches(server: Pick<FakeServer, 'log' | 'received'>, disks: readonly Disk[]): string[] {
  const ids = server.log.all().map(({ sender_id, global_id }) => sender_id + global_id);
  const breaches = new Set(ids).size === ids.length ? [] : ['the log has something twice'];
  const stamps = new Map<string, number | undefined>();
  const stale = new Set<string>();
  for (const { frame, refusal, at } of server.received) {
    const durableAt = Math.min(...disks.map((disk) => disk.durableAt.get(frame.global_id) ?? Infinity));
    if (durableAt > at) breaches.push(`${frame.global_id} was sent before it was stored`);
    const before = stamps.get(frame.global_id);
    if (before !== undefined && before !== frame.after_message_id && !stale.has(`${frame.global_id} ${before}`))
      breaches.push(`${frame.global_id} has got another stamp`);
    if (refusal?.code === 'stale') stale.add(`${frame.global_id} ${frame.after_message_id}`);
    stamps.set(frame.global_id, frame.after_message_id);
  }
  return breaches;
}
