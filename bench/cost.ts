/**
 * `npm run bench:cost`: what a message costs, counted and not timed: rows written (an alarm that is set
 * is one), calls between objects, operations of the push queue. The same figures in every run.
 */
import { CASES, measure, type PerMessage } from './cases.ts';

const COLUMNS = [
  ['conversation rows', 'conversationRows'],
  ['inbox rows', 'inboxRows'],
  ['(alarms)', 'alarms'],
  ['D1 rows', 'archiveRows'],
  ['deliver', 'deliver'],
  ['exact', 'exact'],
  ['delivered', 'delivered'],
  ['consumer', 'consumer'],
  ['queue', 'queue'],
  ['notifications', 'notifications'],
] as const satisfies [string, keyof PerMessage][];
const HEAD = ['pace', 'members', 'online', ...COLUMNS.map(([title]) => title)];

const print = (cells: readonly string[]): void => void process.stdout.write(`| ${cells.join(' | ')} |\n`);

process.stdout.write(`Per message. lone: one a minute, for half an hour. talk: one every two seconds, for a minute.
Online: half of those look at the conversation and read, half have only their inbox open. Each has one device, with
a push address.
Rows are those written in objects, set alarms among them. Calls: deliver, exact, delivered between a conversation
and inboxes; consumer: from the push queue's consumer to inboxes. queue: its operations (write, read, delete).

`);
print(HEAD);
print(HEAD.map((_, index) => (index === 0 || index === 2 ? '---' : '---:')));
for (const which of CASES) {
  const cost = await measure(which);
  print([which.pace, String(which.size), which.online, ...COLUMNS.map(([, key]) => cost[key].toFixed(2))]);
}
