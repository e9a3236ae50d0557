/**
 * `npm run bench:bytes -- FILE…`: how many bytes a message takes where it is kept, in the conversation's own
 * SQLite and in the archive's, for days of a channel as `npm run replay` reads them. The same figures in every run.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Database } from '../durable/kit/database.ts';
import { createSchema } from '../durable/kit/migrate.ts';
import { nextEntry } from '../durable/conversation/log.ts';
import { MIGRATIONS, type EntryRecord } from '../durable/conversation/schema.ts';
import { ConversationStore } from '../durable/conversation/store.ts';
import { uuidv5, uuidv7 } from '../protocol/ids.ts';
import { readDay, type Line } from '../scripts/replay/day.ts';
import { archiveMessages } from '../store/archive.ts';
import { archiveShard } from './archive-shard.ts';
import { memoryStorage } from './storage.ts';

const ARCHIVE_TABLES = readFileSync(join(import.meta.dirname, '..', 'migrations', '0002_archive.sql'), 'utf8');
const files = process.argv.slice(2);
if (files.length === 0) throw new Error('Name at least one day: npm run bench:bytes -- FILE…');

const log = new Database(memoryStorage(() => undefined));
const archive = archiveShard(ARCHIVE_TABLES);
createSchema(log, MIGRATIONS);
const empty = { log: bytesOf(log), archive: archive.bytes() };
const store = new ConversationStore(log);
const conversationId = await uuidv5('bench');
let head = 0;
let textBytes = 0;

for (const file of files) {
  const read = readDay(basename(file), readFileSync(file));
  if (!read.ok) throw new Error(read.reason);
  const entries = await entriesOf(read.day.lines, head);
  for (const entry of entries) store.insert(entry);
  await archiveMessages(archive.shard, conversationId, entries);
  textBytes += entries.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  head += entries.length;
}

const per = (bytes: number): string => (bytes / head).toFixed(0);
process.stdout.write(`${head} messages, ${per(textBytes)} bytes of text each on average
conversation's log: ${per(bytesOf(log) - empty.log)} bytes a message
archive: ${per(archive.bytes() - empty.archive)} bytes a message
`);

/** As the conversation would have written them: one person an id, one line a message. */
function entriesOf(lines: readonly Line[], after: number): Promise<EntryRecord[]> {
  const numbers = new Map(lines.map(({ line }, index) => [line, after + index + 1]));
  const entryOf = async ({ line, atMs, from, content, replyTo }: Line): Promise<EntryRecord> => {
    const before = numbers.get(line)! - 1;
    const timestamp = 1_700_000_000_000 + atMs;
    const reply_to = replyTo === null ? null : (numbers.get(replyTo) ?? null);
    const sender_id = await uuidv5(from);
    return nextEntry(
      { head: before, countableTotal: before },
      { global_id: uuidv7(timestamp), sender_id, type: 'text', timestamp, reply_to, content },
    );
  };
  return Promise.all(lines.map(entryOf));
}

function bytesOf(db: Database): number {
  return db.first<{ bytes: number }>('SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()')!.bytes;
}
