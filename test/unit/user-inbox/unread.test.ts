/**
 * [P7] Unread cannot stick: whatever is sent, read, muted, marked, joined and left, and whatever of it is
 * lost, repeated, late or interrupted on its way to the inbox, once the last delivery has come the row says
 * what a naive count of the log says.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../durable/user-inbox/api.ts';
import { changeOwn } from '../../../durable/user-inbox/reading.ts';
import { toRow } from '../../../durable/user-inbox/inbox.ts';
import { delivery } from './builders.ts';
import { Stage } from './stage.ts';

type Step =
  | { what: 'message'; own: boolean; mentions: boolean }
  | { what: 'change' }
  | { what: 'read'; back: number }
  | { what: 'leave' }
  | { what: 'join' }
  | { what: 'set'; muted: number | null; archived: boolean }
  | { what: 'mark'; unread: boolean }
  | { what: 'deliver'; fate: 'arrives' | 'lost' | 'twice' | 'late' }
  | { what: 'arrive late'; which: number }
  | { what: 'evict' }
  | { what: 'connect' }
  | { what: 'vanish' }
  | { what: 'wait'; ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant('message' as const), own: fc.boolean(), mentions: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('change' as const) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('read' as const), back: fc.nat({ max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('leave' as const, 'join' as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('set' as const), muted: fc.option(fc.nat()), archived: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('mark' as const), unread: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('deliver' as const),
      fate: fc.constantFrom('arrives' as const, 'arrives' as const, 'lost' as const, 'twice' as const, 'late' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('arrive late' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('evict' as const, 'connect' as const, 'vanish' as const) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('wait' as const), ms: fc.constantFrom(100, 5_000, 31_000) }) },
);

/** The conversation as one would keep it who counts by hand. */
class NaiveLog {
  entries: { counts: boolean; mentions: boolean }[] = [];
  read = 0;
  isMember = true;

  append(entry: { counts: boolean; mentions: boolean }): void {
    this.entries.push(entry);
  }

  total(to: number): number {
    return this.entries.slice(0, to).filter(({ counts }) => counts).length;
  }

  mentions(): number[] {
    return this.entries.flatMap(({ mentions }, index) => (mentions && index + 1 > this.read ? [index + 1] : []));
  }

  tell(): Delivery {
    const head = this.entries.length;
    return delivery({
      role: this.isMember ? 'member' : null,
      last_message_id: head,
      countable_total: this.total(head),
      read_message_id: this.read,
      read_total: this.total(this.read),
      mentioned_in: this.isMember ? this.mentions() : [],
    });
  }
}

interface Wanted {
  muted_until: number | null;
  archived: boolean;
}

async function play(steps: readonly Step[]): Promise<void> {
  const stage = new Stage();
  const log = new NaiveLog();
  const late: Delivery[] = [];
  const wanted: Wanted = { muted_until: null, archived: false };
  log.append({ counts: true, mentions: false });
  await stage.deliver(log.tell());
  stage.storage.commit();

  const own = (settings: Parameters<typeof stage.open.rows.changeSettings>[1]) =>
    changeOwn(stage.open, 'c', (row) => stage.open.rows.changeSettings(row, settings));

  const run = async (each: Step): Promise<void> => {
    switch (each.what) {
      case 'message':
        // Nobody who is no member writes; others do.
        log.append({ counts: true, mentions: each.mentions && !each.own && log.isMember });
        if (each.own && log.isMember) log.read = log.entries.length;
        return;
      case 'change':
        return log.append({ counts: false, mentions: false });
      case 'read':
        if (log.isMember) log.read = Math.max(log.read, log.entries.length - each.back);
        return;
      case 'leave':
        if (log.isMember) log.append({ counts: false, mentions: false });
        log.isMember = false;
        return;
      case 'join':
        if (log.isMember) return;
        log.append({ counts: false, mentions: false });
        log.isMember = true;
        log.read = log.entries.length;
        return;
      case 'set': {
        const { ok } = await own({ muted_until: each.muted, archived: each.archived });
        if (ok) Object.assign(wanted, { muted_until: each.muted, archived: each.archived });
        return;
      }
      case 'mark':
        await own({ marked_unread: each.unread });
        return;
      case 'deliver': {
        const told = log.tell();
        if (each.fate === 'late') return void late.push(told);
        if (each.fate === 'lost') return;
        await stage.deliver(told);
        if (each.fate === 'twice') await stage.deliver(told);
        return;
      }
      case 'arrive late': {
        const told = late.splice(each.which % Math.max(1, late.length), 1)[0];
        if (told !== undefined) await stage.deliver(told);
        return;
      }
      case 'evict':
        return stage.wake();
      case 'connect':
        return void (await stage.connect('d'));
      case 'vanish':
        for (const socket of stage.sockets) socket.dead = true;
        return;
      case 'wait':
        return stage.pass(each.ms);
    }
  };
  for (const each of steps) {
    await run(each);
    stage.storage.commit();
  }

  // The conversation comes again until the row is stored, and what was under way arrives after all.
  for (let tries = 0; !(await stage.deliver(log.tell())).stored; tries++) {
    expect(tries).toBeLessThan(2);
    await stage.pass(5_000);
  }
  for (const told of late) await stage.deliver(told);
  stage.wake();
  const record = stage.open.platform.store.conversation('c')!;
  expect(record.role).toBe(log.isMember ? 'member' : null);
  // Nobody sees the counts of a conversation one has left.
  if (!log.isMember) return;
  expect(toRow(record)).toMatchObject({
    unread_count: log.total(log.entries.length) - log.total(log.read),
    mention_count: log.mentions().length,
    last_message_id: log.entries.length,
    read_message_id: log.read,
    ...wanted,
  });

  // Reading to the end leaves nothing, whatever was marked: the next reading takes the mark away.
  await own({ marked_unread: true });
  log.append({ counts: true, mentions: true });
  log.read = log.entries.length;
  await stage.pass(5_000);
  await stage.deliver(log.tell());
  const after = stage.open.platform.store.conversation('c')!;
  expect(toRow(after)).toMatchObject({ unread_count: 0, mention_count: 0, marked_unread: false, ...wanted });
}

describe('[P7] unread', () => {
  it('says in the end what a naive count says, and reading to the end leaves none', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), play), { numRuns: 400 });
  }, 60_000);
});
