/** One page of an own list of people, as `GET /v1/contacts` and `GET /v1/blocks` answer it. */
import type { PublicProfile } from '../../protocol/accounts.ts';
import { accept, refuse, type Outcome } from '../../protocol/outcome.ts';
import type { PeoplePage } from '../../store/contacts.ts';
import type { AppContext } from '../http/context.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';

type Find = (db: D1Database, userId: string, after: string, limit: number) => Promise<PeoplePage>;

export async function peoplePage(
  c: AppContext,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
  find: Find,
): Promise<Outcome<{ people: PublicProfile[]; cursor: string | null }>> {
  const [after] = (cursor === undefined ? [''] : decodeCursor(cursor, 1)) ?? [];
  if (after === undefined) return refuse('bad_request', 'The cursor is none of ours.');
  const { people, next } = await find(c.env.DB, c.get('session').user_id, after, limit);
  return accept({ people, cursor: next === null ? null : encodeCursor([next]) });
}
