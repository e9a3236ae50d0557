/** What D1 is asked about those whom a user wants to watch, counted by its own meter. */
import { describe, expect, it } from 'vitest';
import { presenceFacts, type Known } from '../../../store/presence.ts';
import { env, uuid } from '../conversation/room.ts';
import { makeUser } from './presence-room.ts';

const NUMBERS = 'WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)';
const run = (query: string, ...bindings: unknown[]): Promise<unknown> =>
  env.DB.prepare(query)
    .bind(...bindings)
    .run();

/** As the projection has it: groups `NAME-1` to `NAME-count` of which the user is a member. */
const joins = (user: string, name: string, count: number): Promise<unknown> =>
  run(`INSERT INTO conversation_members (conversation_id, user_id) ${NUMBERS} SELECT ?2 || '-' || n, ?3 FROM numbers`, count, name, user);

/** Counts the rows that D1 reads. */
function metered(): { db: D1Database; rowsRead: () => number; statements: () => number } {
  let rowsRead = 0;
  let statements = 0;
  const db = {
    prepare: (query: string) => ({
      bind: (...bindings: unknown[]) => ({
        all: async () => {
          const answer = await env.DB.prepare(query)
            .bind(...bindings)
            .all();
          rowsRead += answer.meta.rows_read;
          statements += 1;
          return answer;
        },
      }),
    }),
  } as unknown as D1Database;
  return { db, rowsRead: () => rowsRead, statements: () => statements };
}
const NOTHING: Known = { people: new Set(), groups: [] };

describe('[A5] a question about 200 strangers', () => {
  it('by somebody in 2,000 conversations is one statement of bounded work', async () => {
    const ann = await makeUser();
    const prefix = uuid().slice(0, 8);
    const strangers = Array.from({ length: 200 }, (_, n) => `${prefix}-stranger-${n + 1}`);
    await run(
      `INSERT INTO user (id, name, name_folded, createdAt, updatedAt) ${NUMBERS} SELECT ?2 || '-stranger-' || n, 'N', 'n', '', '' FROM numbers`,
      200,
      prefix,
    );
    const spent: number[] = [];
    for (const count of [20, 2_000]) {
      await run('DELETE FROM conversation_members');
      await joins(ann, `${prefix}-own`, count);
      await run(
        `INSERT INTO conversation_members (conversation_id, user_id)
          ${NUMBERS} SELECT ?2 || '-' || (n / 200), ?2 || '-stranger-' || (n % 200 + 1) FROM numbers`,
        200 * 30 - 1,
        prefix,
      );
      const { db, rowsRead, statements } = metered();
      expect(await presenceFacts(db, ann, strangers, NOTHING)).toHaveLength(200);
      expect(statements()).toBe(1);
      spent.push(rowsRead());
    }
    expect(spent[1]).toBe(spent[0]);
    expect(spent[1]).toBeLessThan(8_000);
  });

  it('finds who shares a larger group, by the members of those groups, and who shares one of the few they are in', async () => {
    const [ann, bob, cat, eve] = [await makeUser(), await makeUser(), await makeUser(), await makeUser()];
    for (const [user, name, count] of [
      [ann, 'own', 300],
      [bob, 'bobs', 40],
      [eve, 'eves', 40],
    ] as const)
      await joins(user, `${ann}-${name}`, count);
    const large = uuid();
    await run(
      'INSERT INTO conversation_rosters (conversation_id, version, user_ids) VALUES (?1, 1, ?2)',
      large,
      JSON.stringify([ann, bob]),
    );
    for (const user of [ann, cat])
      await run('INSERT INTO conversation_members (conversation_id, user_id) VALUES (?1, ?2)', `${ann}-old`, user);
    const { db, rowsRead } = metered();
    const facts = await presenceFacts(db, ann, [bob, cat, eve], { people: new Set(), groups: [large] });
    const shared = new Map(facts.map(({ user_id, shares_conversation }) => [user_id, shares_conversation]));
    expect([shared.get(bob), shared.get(cat), shared.get(eve)]).toEqual([1, 1, 0]);
    expect(rowsRead()).toBeLessThan(200);
  });
});
