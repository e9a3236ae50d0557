/** What a day allows: the bucket as a table, and what is taken in the user's own object. */
import { describe, expect, it } from 'vitest';
import { returned, takeQuota } from '../../../durable/user-inbox/reach/quotas.ts';
import type { AddingQuestion } from '../../../durable/user-inbox/reach/api.ts';
import { FIRST_MESSAGES_PER_DAY, NEW_BY_STRANGERS_PER_DAY, NEW_GROUPS_PER_DAY, STRANGERS_ADDED_PER_DAY } from '../../../protocol/limits.ts';
import { delivery } from './builders.ts';
import { directConversationId } from '../../../protocol/ids.ts';
import { Stage } from './stage.ts';

const DAY = 86_400_000;
const NOW = 10 * DAY;

describe('[A4] a quota of 24 a day', () => {
  it.each([
    ['never used', undefined, 1, { ok: true, bucket: { tokens: 23, at: NOW } }],
    ['all at once', undefined, 24, { ok: true, bucket: { tokens: 0, at: NOW } }],
    ['more than there ever is', undefined, 25, { ok: false, retryAfter: 1 }],
    ['empty', { tokens: 0, at: NOW }, 1, { ok: false, retryAfter: 3_600 }],
    ['empty, many wanted', { tokens: 0, at: NOW }, 24, { ok: false, retryAfter: 86_400 }],
    ['an hour later', { tokens: 0, at: NOW - DAY / 24 }, 1, { ok: true, bucket: { tokens: 0, at: NOW } }],
    ['a little less than an hour later', { tokens: 0, at: NOW - DAY / 24 + 1_500 }, 1, { ok: false, retryAfter: 2 }],
    ['days later no more than full', { tokens: 5, at: 0 }, 1, { ok: true, bucket: { tokens: 23, at: NOW } }],
    ['a clock that went back', { tokens: 3, at: NOW + DAY }, 1, { ok: true, bucket: { tokens: 2, at: NOW } }],
  ] as const)('%s', (_name, bucket, count, taken) => {
    expect(takeQuota(bucket, 24, count, NOW)).toEqual(taken);
  });

  it('what is given back never makes more than full', () => {
    expect([returned({ tokens: 3, at: 1 }, 24), returned({ tokens: 23.5, at: 1 }, 24)]).toEqual([
      { tokens: 4, at: 1 },
      { tokens: 24, at: 1 },
    ]);
  });
});

const asking = (more: Partial<AddingQuestion>): AddingQuestion => ({
  kind: 'group',
  opens: false,
  user_ids: [],
  limited: true,
  without_lists: true,
  ...more,
});
const strangers = (count: number): string[] => Array.from({ length: count }, (_, index) => `s${index}`);
const addedBy = (by: string, conversation_id: string) =>
  ({ by, conversation_id, kind: 'group', limited: true, without_lists: true }) as const;

describe('[A4] in the user’s own object', () => {
  it.each([
    ['groups', NEW_GROUPS_PER_DAY, asking({ opens: true })],
    ['strangers', STRANGERS_ADDED_PER_DAY, asking({ user_ids: ['s'] })],
    ['first messages', FIRST_MESSAGES_PER_DAY, asking({ kind: 'direct', opens: true, user_ids: ['s'] })],
  ] as const)('so many %s a day, through any restart, and then a refusal that writes nothing', async (_what, perDay, question) => {
    const stage = new Stage();
    for (let times = 0; times < perDay; times++) {
      if (times === 10) stage.wake();
      expect((await stage.open.reach.mayAdd(question)).refusal).toBeNull();
    }
    const { rowsWritten } = stage.db.usage;
    const { refusal } = await stage.open.reach.mayAdd(question);
    expect(refusal).toMatchObject({ code: 'rate_limited', reason: 'quota', retry_after: Math.ceil(86_400 / perDay) });
    expect(stage.db.usage.rowsWritten).toBe(rowsWritten);
    expect((await stage.open.reach.mayAdd({ ...question, limited: false })).refusal).toBeNull();
    stage.now += refusal!.retry_after! * 1_000;
    expect((await stage.open.reach.mayAdd(question)).refusal).toBeNull();
  });

  it('all or nothing: a group too many takes none of the strangers', async () => {
    const stage = new Stage();
    const group = asking({ opens: true, user_ids: strangers(STRANGERS_ADDED_PER_DAY + 1) });
    expect((await stage.open.reach.mayAdd(group)).refusal).toMatchObject({ reason: 'quota' });
    expect((await stage.open.reach.mayAdd({ ...group, user_ids: strangers(STRANGERS_ADDED_PER_DAY) })).refusal).toBeNull();
    for (let left = NEW_GROUPS_PER_DAY - 1; left > 0; left--) {
      expect((await stage.open.reach.mayAdd(asking({ opens: true }))).refusal).toBeNull();
    }
  });

  it('contacts, partners and blocked ones cost nothing; one who was asked and has not answered does', async () => {
    const stage = new Stage();
    await stage.open.reach.setContact('c', true);
    await stage.open.reach.setBlocked('b', true);
    for (const [peer, state] of [
      ['p', 'active'],
      ['q', 'asking'],
    ] as const) {
      const conversation_id = await directConversationId('u', peer);
      await stage.deliver(delivery({ conversation_id, kind: 'direct', title: null, consent: { state, at: 1 } }));
    }
    const cost = async (userId: string): Promise<number> => {
      const before = stage.open.platform.reachStore.bucket('strangers_added')?.tokens ?? STRANGERS_ADDED_PER_DAY;
      await stage.open.reach.mayAdd(asking({ user_ids: [userId] }));
      return before - (stage.open.platform.reachStore.bucket('strangers_added')?.tokens ?? STRANGERS_ADDED_PER_DAY);
    };
    expect([await cost('c'), await cost('b'), await cost('p'), await cost('q'), await cost('s')]).toEqual([0, 0, 0, 1, 1]);
  });

  it('a direct conversation that is refused costs nothing', async () => {
    const stage = new Stage();
    const question = asking({ kind: 'direct', opens: true, user_ids: ['s'] });
    for (let times = 0; times < FIRST_MESSAGES_PER_DAY * 2; times++) {
      expect((await stage.open.reach.mayAdd(question)).refusal).toBeNull();
      await stage.open.reach.giveBack('s');
    }
    expect(stage.open.platform.reachStore.bucket('first_messages')!.tokens).toBe(FIRST_MESSAGES_PER_DAY);
  });

  it('strangers reach somebody a hundred times a day, an answer that was lost counts once, and nobody known is held off', async () => {
    const stage = new Stage();
    const { reach } = stage.open;
    for (let times = 0; times < NEW_BY_STRANGERS_PER_DAY; times++) {
      for (let again = 0; again < 2; again++) expect((await reach.mayBeAdded(addedBy('s', `c${times}`))).answer).toBe('member');
    }
    expect(await reach.mayBeAdded(addedBy('t', 'd'))).toMatchObject({ answer: 'refused', reason: 'not_accepting', blocked: false });
    await reach.setContact('f', true);
    expect((await reach.mayBeAdded(addedBy('f', 'd'))).answer).toBe('member');
    stage.wake();
    expect((await stage.open.reach.mayBeAdded(addedBy('t', 'd'))).answer).toBe('refused');
    await reach.setBlocked('t', true);
    stage.now += 86_400_000;
    const tokens = (): number => stage.open.platform.reachStore.bucket('new_by_strangers')!.tokens;
    const before = tokens();
    for (let times = 0; times < 5; times++) await stage.open.reach.mayBeAdded(addedBy('t', `e${times}`));
    expect(tokens()).toBe(before);
  });

  it('relaxed, a hundred times as many', async () => {
    const stage = new Stage();
    stage.rateFactor = 100;
    stage.wake();
    expect((await stage.open.reach.mayAdd(asking({ user_ids: strangers(STRANGERS_ADDED_PER_DAY + 1) }))).refusal).toBeNull();
    expect(stage.open.platform.reachStore.bucket('strangers_added')!.tokens).toBe(STRANGERS_ADDED_PER_DAY * 99 - 1);
  });
});
