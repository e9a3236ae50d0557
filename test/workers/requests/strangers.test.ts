/** Whatever strangers do, in whatever order: nothing of it reaches one who has agreed to nothing. Prints its seed. */
import { expect, it } from 'vitest';
import { presenceFacts } from '../../../store/presence.ts';
import type { Conversation } from '../../../protocol/conversations.ts';
import { actor, env, groupOf, openDirect, say, toldTo } from './stage.ts';

/** mulberry32: the same seed, the same calls. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

it.each([1, 2, 3, 4])('[P8] [P6] no calls of strangers make a member, a notification, a receipt or a presence: seed %i', async (seed) => {
  const random = chance(seed);
  const bob = await actor('Bob');
  const strangers = [await actor('Eve'), await actor('Mal')];
  const device = crypto.randomUUID();
  await bob.ask('PUT', `/devices/${device}/push`, { kind: 'fcm', token: `token-${device}` });
  const groups: Conversation[] = [];
  for (const stranger of strangers) groups.push(await groupOf(stranger));
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  for (let step = 0; step < 25; step++) {
    const eve = one(strangers);
    const group = groups[strangers.indexOf(eve)]!.conversation_id;
    const direct = await openDirect(eve, bob);
    const text = one(['hello', 'x'.repeat(2_000)]);
    await one([
      () => eve.ask('POST', `/conversations/${direct}/messages`, say(text, one([{}, { mentions: [bob.user_id] }, { type: 'file' }]))),
      () => eve.ask('PATCH', `/conversations/${direct}/messages/1`, { content: text }),
      () => eve.ask('DELETE', `/conversations/${direct}/messages/1`),
      () => eve.ask('PUT', `/conversations/${direct}/messages/1/reactions/%F0%9F%91%8D`),
      () => eve.ask('PUT', `/conversations/${group}/members/${bob.user_id}`),
      () => eve.ask('DELETE', `/conversations/${group}/members/${bob.user_id}`),
      () => eve.ask('PUT', `/conversations/${group}/membership`),
      () => eve.ask('PUT', `/conversations/${direct}/acceptance`),
      () => eve.ask('DELETE', `/conversations/${direct}/acceptance?block=true`),
      () => eve.ask('POST', '/conversations', { kind: 'group', title: 'Win', member_ids: [bob.user_id, one(strangers).user_id] }),
      () => eve.ask('PUT', `/contacts/${bob.user_id}`),
      () => eve.ask('POST', `/conversations/${group}/messages`, say('all of you')),
      // What he reads is his own business.
      () => bob.ask('PUT', `/conversations/${direct}/read`, { message_id: 1 }),
    ])();
  }
  for (const [index, stranger] of strangers.entries()) {
    await toldTo(stranger, groups[index]!.conversation_id);
    for (const { conversation_id: id, kind } of await stranger.rows()) {
      const { members, receipts } = await stranger.json<Conversation>('GET', `/conversations/${id}`);
      if (kind === 'group') expect(members.map(({ user_id }) => user_id)).not.toContain(bob.user_id);
      expect(receipts.map(({ user_id }) => user_id)).not.toContain(bob.user_id);
    }
    const known = { people: new Set<string>(), groups: (await stranger.rows()).map(({ conversation_id }) => conversation_id) };
    const [facts] = await presenceFacts(env.DB, stranger.user_id, [bob.user_id], known);
    expect([facts?.shares_conversation, facts?.own_in_their_contacts]).toEqual([0, 0]);
  }
  expect(await bob.rows()).toEqual([]);
  expect(await bob.json('GET', '/push/log')).toEqual({ decisions: [] });
});
