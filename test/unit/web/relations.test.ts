import { NatterError } from '@natter/client';
import { beforeEach, expect, test } from 'vitest';
import { createRelations, type Relations } from '../../../web/src/session/relations.ts';
import { BOB } from './builders.ts';

const CLEO = '00000000-0000-4000-8000-00000000000c';
const profile = (user_id: string) => ({ user_id, username: null, name: user_id, avatar_url: null });

let asked: unknown[];
let isDown: boolean;
beforeEach(() => {
  asked = [];
  isDown = false;
});

/** A start of the app: the server has two pages of contacts. */
function start(): Relations {
  const say = (what: string) => async (id: string) => {
    if (isDown) throw new NatterError({ code: 'internal', detail: 'not now' });
    asked.push([what, id]);
  };
  return createRelations({
    people: { learn: () => {} },
    api: {
      contacts: async (page?: { cursor?: string }) =>
        page?.cursor === undefined ? { contacts: [profile(BOB)], cursor: 'more' } : { contacts: [profile(CLEO)], cursor: null },
      blocks: async () => ({ blocks: [profile(CLEO)], cursor: null }),
      addContact: say('add'),
      removeContact: say('remove'),
      block: say('block'),
      unblock: say('unblock'),
    },
  });
}

test('all contacts are known once they have been asked for, and follow what is done', async () => {
  const relations = start();
  expect(relations.contacts.get()).toBe(null);
  await relations.load();
  expect(relations.contacts.get()).toEqual(new Set([BOB, CLEO]));
  await relations.setContact(BOB, false);
  expect(relations.contacts.get()).toEqual(new Set([CLEO]));
  await relations.setContact(BOB, true);
  expect([relations.contacts.get(), asked]).toEqual([
    new Set([CLEO, BOB]),
    [
      ['remove', BOB],
      ['add', BOB],
    ],
  ]);
});

test('whom one blocks is the server’s to say, on every device', async () => {
  const relations = start();
  expect(relations.blocked.get()).toBe(null);
  await relations.load();
  expect(relations.blocked.get()).toEqual(new Set([CLEO]));
  await relations.setBlocked(BOB, true);
  await relations.setBlocked(CLEO, false);
  expect([relations.blocked.get(), asked]).toEqual([
    new Set([BOB]),
    [
      ['block', BOB],
      ['unblock', CLEO],
    ],
  ]);
});

test('what the server refuses is not so', async () => {
  isDown = true;
  const relations = start();
  const refused = { ok: false, refusal: { code: 'internal', detail: 'not now' } };
  expect([await relations.setContact(BOB, true), await relations.setBlocked(BOB, true)]).toEqual([refused, refused]);
  expect([relations.contacts.get(), relations.blocked.get()]).toEqual([null, null]);
});
