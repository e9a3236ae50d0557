/** [P8] Every route, asked as every role, answers what docs/access.md says. */
import { beforeAll, describe, expect, it } from 'vitest';
import { app } from '../../../src/app.ts';
import type { Person } from '../accounts/support.ts';
import { askOf, type Place } from './asks.ts';
import { ask, done, makeGroup, openDirect, people, uuid } from './people.ts';
import { routeOf, SECTIONS, tableUnder, type Row } from './table.ts';

/** @param as who asks in that role (undefined: nobody), about what */
async function expectAnswers({ answers, ...row }: Row, as: (role: string) => Promise<[Person | undefined, Place]>): Promise<void> {
  const seen: [string, number][] = [];
  for (const role of Object.keys(answers)) {
    const [who, place] = await as(role);
    seen.push([role, (await ask(who, askOf({ ...row, answers }, place))).status]);
  }
  expect(Object.fromEntries(seen)).toEqual(answers);
}

describe('in a group', () => {
  const NAMES = ['owner', 'admin', 'member', 'author', 'invited', 'removed', 'blocked', 'stranger', 'outsider'] as const;
  let all: Record<(typeof NAMES)[number], Person>;
  let shared: ReturnType<typeof makeGroup> | undefined;
  beforeAll(async () => {
    all = await people(...NAMES);
    await done(all.owner, { method: 'PUT', path: `/v1/blocks/${all.blocked.user_id}` });
  });

  it.each(tableUnder('In a group').map((row) => [row.request, row] as const))('%s', async (_, row) => {
    await expectAnswers(row, async (role) => {
      const who = role === 'signed out' ? undefined : all[role as keyof typeof all];
      // What only reads leaves the group as it is.
      const { id, message_id } = row.request.startsWith('GET') ? await (shared ??= makeGroup(all)) : await makeGroup(all);
      const users = {
        'somebody new': all.outsider.user_id,
        'a member as admin': all.author.user_id,
        'a member': all.author.user_id,
        'an admin': all.admin.user_id,
        'the owner': all.owner.user_id,
        oneself: (who ?? all.stranger).user_id,
        'oneself as owner': (who ?? all.stranger).user_id,
      };
      if (row.request.endsWith('an admin') && role === 'admin') {
        await done(all.owner, { method: 'PUT', path: `/v1/conversations/${id}/members/${all.author.user_id}`, body: { role: 'admin' } });
        users['an admin'] = all.author.user_id;
      }
      if (row.request.endsWith('the owner') && role === 'owner') {
        await done(all.owner, { method: 'PUT', path: `/v1/conversations/${id}/members/${all.author.user_id}`, body: { role: 'owner' } });
        users['the owner'] = all.author.user_id;
      }
      return [who, { id, message_id, users }];
    });
  });
});

describe('in a direct conversation', () => {
  let all: Record<'member' | 'other' | 'blocked' | 'blocker' | 'stranger', Person>;
  let open: { id: string; message_id: number };
  let broken: { id: string; message_id: number };
  beforeAll(async () => {
    all = await people('member', 'other', 'blocked', 'blocker', 'stranger');
    open = await openDirect(all.member, all.other);
    broken = await openDirect(all.blocked, all.blocker);
    await done(all.blocker, { method: 'PUT', path: `/v1/blocks/${all.blocked.user_id}` });
  });

  it.each(tableUnder('In a direct conversation').map((row) => [row.request, row] as const))('%s', async (_, row) => {
    await expectAnswers(row, async (role) => {
      const isBlocked = role === 'blocked';
      const who = role === 'signed out' ? undefined : all[role as keyof typeof all];
      const other = isBlocked ? all.blocker : all.other;
      const users = { 'somebody new': all.stranger.user_id, 'the other': other.user_id, oneself: (who ?? all.member).user_id };
      return [who, { ...(isBlocked ? broken : open), users }];
    });
  });
});

describe('between people', () => {
  let me: Person;
  let them: Record<string, Person>;
  beforeAll(async () => {
    ({ me } = await people('me'));
    them = await people('contact', 'stranger', 'blocking', 'blocked');
    await done(me, { method: 'PUT', path: `/v1/contacts/${them['contact']!.user_id}` });
    await done(me, { method: 'PUT', path: `/v1/blocks/${them['blocking']!.user_id}` });
    await done(them['blocked']!, { method: 'PUT', path: `/v1/blocks/${me.user_id}` });
  });

  it.each(tableUnder('Between people').map((row) => [row.request, row] as const))('%s', async (_, row) => {
    await expectAnswers(row, async (role) => {
      const user_id = them[role]?.user_id ?? uuid();
      const words = row.request.split(' ').slice(2).join(' ');
      return [role === 'signed out' ? undefined : me, { users: { [words]: user_id } }];
    });
  });
});

describe('one’s own', () => {
  let me: Person;
  let device_id: string;
  beforeAll(async () => {
    const all = await people('me', 'other');
    me = all.me;
    device_id = uuid();
    await done(all.other, { method: 'PUT', path: `/v1/devices/${device_id}`, body: { name: 'Phone', platform: 'ios' } });
  });

  it.each(tableUnder('One’s own').map((row) => [row.request, row] as const))('%s', async (_, row) => {
    await expectAnswers(row, async (role) => [role === 'signed out' ? undefined : me, { users: {}, device_id }]);
  });

  it.each(tableUnder('Anybody’s').map((row) => [row.request, row] as const))('%s', async (_, row) => {
    await expectAnswers(row, async () => [undefined, { users: {} }]);
  });
});

it('no route is left out', () => {
  const written = new Set(SECTIONS.flatMap((section) => tableUnder(section).map(routeOf)));
  const there = app.routes
    // Commands of an operator are nobody's: internal.test.ts.
    .filter(({ method, path }) => method !== 'ALL' && !path.includes('*') && !path.startsWith('/v1/internal/'))
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
  expect([...written].toSorted()).toEqual([...new Set(there)].toSorted());
});
