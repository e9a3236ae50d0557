/** A block at any moment around a conversation's making, over the real objects: whatever the order, it holds. */
import { SignJWT } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Conversation } from '../../../durable/conversation/object.ts';
import { UserInbox } from '../../../durable/user-inbox/object.ts';
import type { Conversation as ConversationBody } from '../../../protocol/conversations.ts';
import type { OwnProfile } from '../../../protocol/accounts.ts';
import { call, wholeEnv } from '../accounts/support.ts';

afterEach(() => vi.restoreAllMocks());

// People of an embedding application: so many passwords would take the time of all the rest.
const SECRET = 'a secret that the embedding application shares';
const env = wholeEnv({ AUTH_JWT_SECRET: SECRET });
type Person = Pick<OwnProfile, 'user_id'> & { token: string };
const MOMENTS = ['before', 'actor asked', 'actor answered', 'person asked', 'person answered', 'after'] as const;
type Moment = (typeof MOMENTS)[number];
const inbox = (userId: string) => env.USER_INBOX.get(env.USER_INBOX.idFromName(userId));
const ask = (who: Person, method: string, path: string, body?: unknown) =>
  call(env, `/v1${path}`, { method, token: who.token, ...(body === undefined ? {} : { body }) });
const text = () => ({ global_id: crypto.randomUUID(), type: 'text', content: 'hello' });
const people = async (): Promise<[Person, Person, Person]> => [await person(), await person(), await person()];
async function person(): Promise<Person> {
  const claims = { sub: crypto.randomUUID(), exp: Math.floor(Date.now() / 1_000) + 3_600 };
  const token = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(SECRET));
  const { user_id } = await (await call(env, '/v1/me', { token })).json<OwnProfile>();
  return { user_id, token };
}

/** Each moment comes once, in the object that is asked. */
function at(happens: (moment: Moment) => Promise<void>): void {
  const { mayAdd, mayBeAdded } = UserInbox.prototype;
  const come = new Set<Moment>();
  const once = async (moment: Moment): Promise<void> => {
    if (come.has(moment)) return;
    come.add(moment);
    await happens(moment);
  };
  vi.spyOn(UserInbox.prototype, 'mayAdd').mockImplementation(async function (this: UserInbox, question) {
    await once('actor asked');
    const answer = await mayAdd.call(this, question);
    await once('actor answered');
    return answer;
  });
  vi.spyOn(UserInbox.prototype, 'mayBeAdded').mockImplementation(async function (this: UserInbox, question) {
    await once('person asked');
    const answer = await mayBeAdded.call(this, question);
    await once('person answered');
    return answer;
  });
}

const orders = MOMENTS.flatMap((written, from) => MOMENTS.slice(from).map((told) => [written, told] as const));

describe.each(['opener', 'other'] as const)('[A12] a direct conversation whose %s blocks', (blocker) => {
  it.each(orders)('written %s, told %s: nobody writes in it', async (written, told) => {
    const [ann, bob] = await people();
    const [by, whom] = blocker === 'opener' ? [ann, bob] : [bob, ann];
    let isCut = true;
    const { setBlocked } = Conversation.prototype;
    vi.spyOn(Conversation.prototype, 'setBlocked').mockImplementation(function (this: Conversation, ...block) {
      return isCut ? Promise.reject(new Error('cut off')) : setBlocked.apply(this, block);
    });
    const block = async (): Promise<boolean> => (await inbox(by.user_id).setBlocked(whom.user_id, true)).ok;
    const happens = async (moment: Moment): Promise<void> => {
      if (moment === written && written !== told) expect(await block()).toBe(false);
      if (moment !== told) return;
      isCut = false;
      expect(await block()).toBe(true);
    };
    at(happens);
    await happens('before');
    const opened = await ask(ann, 'POST', '/conversations', { kind: 'direct', user_id: bob.user_id });
    // What was not reached.
    for (const moment of MOMENTS.slice(1)) if (isCut) await happens(moment);
    await happens('after');
    const isRefused = blocker === 'other' && MOMENTS.indexOf(written) <= MOMENTS.indexOf('person asked');
    expect(opened.status).toBe(isRefused ? 403 : 201);
    vi.restoreAllMocks();
    for (const [from, to] of [
      [ann, bob],
      [bob, ann],
    ] as const) {
      const again = await ask(from, 'POST', '/conversations', { kind: 'direct', user_id: to.user_id });
      if (!again.ok) continue;
      const { conversation_id: id } = await again.json<ConversationBody>();
      const sent = await ask(from, 'POST', `/conversations/${id}/messages`, text());
      if (from === whom) expect(sent.status).toBe(403);
    }
  });
});

describe.each(['actor', 'person'] as const)('[A12] a group in which the %s blocks the other', (blocker) => {
  const asked = blocker === 'actor' ? 'actor asked' : 'person asked';
  describe.each(['made', 'grown'] as const)('%s', (how) => {
    it.each(MOMENTS)('%s: who blocked before they were asked is not in it', async (written) => {
      const [ann, bob, cy] = await people();
      const [by, whom] = blocker === 'actor' ? [ann, bob] : [bob, ann];
      const make = async (...members: Person[]): Promise<ConversationBody> =>
        (
          await ask(ann, 'POST', '/conversations', { kind: 'group', title: 'Tea', member_ids: members.map(({ user_id }) => user_id) })
        ).json();
      const { conversation_id: grown } = await make(cy);
      const happens = async (moment: Moment): Promise<void> => {
        if (moment === written) expect((await inbox(by.user_id).setBlocked(whom.user_id, true)).ok).toBe(true);
      };
      at(happens);
      await happens('before');
      if (how === 'made') {
        const { members, invited } = await make(bob);
        const isIn = MOMENTS.indexOf(written) > MOMENTS.indexOf(asked);
        expect([members.length, invited]).toEqual(isIn ? [2, []] : [1, [bob.user_id]]);
      } else {
        const added = await ask(ann, 'PUT', `/conversations/${grown}/members/${bob.user_id}`);
        expect(added.status).toBe(MOMENTS.indexOf(written) > MOMENTS.indexOf(asked) ? 200 : 202);
      }
    });
  });
});
