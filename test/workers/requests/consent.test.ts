/** Who may reach whom when strangers ask first: relation × action, over HTTP. */
import { describe, expect, it } from 'vitest';
import type { Conversation, HistoryPage } from '../../../protocol/conversations.ts';
import { actor, groupOf, openDirect, pairOf, RELATIONS, say, toldTo, type Relation } from './stage.ts';

const acceptance = (id: string): string => `/conversations/${id}/acceptance`;
const membership = (id: string): string => `/conversations/${id}/membership`;

describe('[P8] a direct conversation', () => {
  const opened: Record<Relation, string> = { contact: '201', known: '200', stranger: '201', blocked: 'forbidden' };
  it.each(RELATIONS)('opened by one who is a %s', async (relation) => {
    const { ann, bob } = await pairOf(relation);
    expect(await ann.tries('POST', '/conversations', { kind: 'direct', user_id: bob.user_id })).toBe(opened[relation]);
    if (relation === 'blocked') return;
    const id = await openDirect(ann, bob);
    const send = (text: string, more = {}): Promise<string> => ann.tries('POST', `/conversations/${id}/messages`, say(text, more));
    const isAsked = relation === 'stranger';
    // Bob opened the one with whom he is known, and so it is Ann who was asked: writing, she accepts.
    expect(await send('x'.repeat(2_000))).toBe(isAsked ? 'forbidden request_pending' : '201');
    expect([await send('one'), await send('two'), await send('three'), await send('four')]).toEqual(
      isAsked ? ['201', '201', '201', 'forbidden request_pending'] : ['201', '201', '201', '201'],
    );
    await expect
      .poll(async () => (await bob.rows(isAsked ? 'request' : undefined)).map((row) => row.last_message?.content))
      .toEqual([isAsked ? 'three' : 'four']);
    expect(await bob.rows(isAsked ? undefined : 'request')).toEqual([]);
    expect([await ann.tries('PUT', acceptance(id)), await ann.tries('DELETE', acceptance(id))]).toEqual(
      relation === 'known' ? ['204', 'not_found'] : ['not_found', 'not_found'],
    );
    expect(await bob.tries('PUT', acceptance(id))).toBe(isAsked ? '204' : 'not_found');
    expect(await bob.tries('PUT', acceptance(id))).toBe(isAsked ? '204' : 'not_found');
    expect(await send('x'.repeat(2_000))).toBe('201');
    await expect.poll(async () => (await bob.rows()).length).toBe(1);
  });

  it('shows its opener nothing until it is accepted, and the receipts then', async () => {
    const { ann, bob } = await pairOf('stranger');
    const id = await openDirect(ann, bob);
    await ann.ask('POST', `/conversations/${id}/messages`, say('hello'));
    expect((await bob.json<HistoryPage>('GET', `/conversations/${id}/messages`)).messages.map(({ content }) => content)).toEqual(['hello']);
    expect(await bob.tries('PUT', `/conversations/${id}/read`, { message_id: 1 })).toBe('200');
    const seen = async (): Promise<unknown> =>
      (await ann.json<Conversation>('GET', `/conversations/${id}`)).receipts.filter(({ user_id }) => user_id === bob.user_id);
    expect(await seen()).toEqual([]);
    await bob.ask('POST', `/conversations/${id}/messages`, say('hi'));
    expect(await seen()).toMatchObject([{ read: 2 }]);
    await expect.poll(async () => (await bob.rows()).length).toBe(1);
  });

  it('deleted, it leaves the list of the one who was asked, and nothing is different for its opener', async () => {
    const { ann, bob } = await pairOf('stranger');
    const id = await openDirect(ann, bob);
    await ann.ask('POST', `/conversations/${id}/messages`, say('hello'));
    await expect.poll(async () => (await bob.rows('request')).length).toBe(1);
    const before = await ann.json<Conversation>('GET', `/conversations/${id}`);
    expect([await bob.tries('DELETE', acceptance(id)), await bob.tries('DELETE', acceptance(id))]).toEqual(['204', '204']);
    await expect.poll(async () => (await bob.rows('request')).length).toBe(0);
    expect(await ann.json('GET', `/conversations/${id}`)).toEqual(before);
    expect(await openDirect(ann, bob)).toBe(id);
    expect(await ann.tries('POST', `/conversations/${id}/messages`, say('hello?'))).toBe('201');
    await expect.poll(async () => (await ann.rows())[0]?.last_message_id).toBe(2);
    expect([...(await bob.rows()), ...(await bob.rows('request'))]).toEqual([]);
    // To open it oneself is to take it up.
    expect(await openDirect(bob, ann)).toBe(id);
    await expect.poll(async () => (await bob.rows()).map((row) => row.last_message?.content)).toEqual(['hello?']);
  });

  it('deleted with a block, its opener can write no more', async () => {
    const { ann, bob } = await pairOf('stranger');
    const id = await openDirect(ann, bob);
    expect(await bob.tries('DELETE', `${acceptance(id)}?block=true`)).toBe('204');
    expect(await ann.tries('POST', `/conversations/${id}/messages`, say('hello'))).toBe('forbidden');
    expect((await bob.json<{ blocks: { user_id: string }[] }>('GET', '/blocks')).blocks.map(({ user_id }) => user_id)).toEqual([
      ann.user_id,
    ]);
  });

  it('with one who takes messages from contacts only is refused to strangers', async () => {
    const { ann, bob } = await pairOf('stranger');
    await bob.ask('PATCH', '/me', { privacy: { messages: 'contacts' } });
    expect(await ann.tries('POST', '/conversations', { kind: 'direct', user_id: bob.user_id })).toBe('forbidden not_accepting');
    await bob.ask('PUT', `/contacts/${ann.user_id}`);
    expect(await ann.tries('POST', '/conversations', { kind: 'direct', user_id: bob.user_id })).toBe('201');
  });
});

describe('[P8] a group', () => {
  it.each(RELATIONS)('made and grown by one who is a %s', async (relation) => {
    const { ann, bob } = await pairOf(relation);
    const isMember = relation === 'contact' || relation === 'known';
    const made = await groupOf(ann, bob);
    expect(made.members.some(({ user_id }) => user_id === bob.user_id)).toBe(isMember);
    const later = await groupOf(ann);
    expect(await ann.tries('PUT', `/conversations/${later.conversation_id}/members/${bob.user_id}`)).toBe(isMember ? '200' : '202');
    for (const { conversation_id: id } of [made, later]) await toldTo(ann, id);
    if (relation === 'stranger') await expect.poll(async () => (await bob.rows('invited')).length).toBe(2);
    else expect(await bob.rows('invited')).toEqual([]);
    const id = later.conversation_id;
    const answers = [await bob.tries('GET', `/conversations/${id}`), await bob.tries('GET', `/conversations/${id}/messages`)];
    expect(answers).toEqual(isMember ? ['200', '200'] : ['not_found', 'not_found']);
    expect(await bob.tries('PATCH', `/conversations/${id}/settings`, { pinned: true })).toBe(isMember ? '200' : 'not_found');
    expect(await bob.tries('PUT', membership(id))).toBe(relation === 'blocked' ? 'not_found' : '200');
    expect(await bob.tries('DELETE', membership(id))).toBe('not_found');
    expect(await bob.tries('DELETE', membership(made.conversation_id))).toBe(relation === 'stranger' ? '204' : 'not_found');
    if (relation !== 'stranger') return;
    await expect.poll(async () => (await bob.rows('invited')).length).toBe(0);
    expect((await bob.rows()).map((row) => row.conversation_id)).toEqual([id]);
    const { messages } = await bob.json<HistoryPage>('GET', `/conversations/${id}/messages?events=true`);
    expect(messages[0]).toMatchObject({ sender_id: bob.user_id, membership: { action: 'added', user_id: bob.user_id } });
    // Declined lately: listed again, and not told.
    expect(await ann.tries('PUT', `/conversations/${made.conversation_id}/members/${bob.user_id}`)).toBe('202');
    expect(await bob.tries('PUT', membership(made.conversation_id))).toBe('not_found');
  });

  it('shows who is invited what it is called, by whom and how many are there, and nothing of what is said', async () => {
    const { ann, bob } = await pairOf('stranger');
    const { conversation_id: id } = await groupOf(ann, bob);
    await ann.ask('POST', `/conversations/${id}/messages`, say('a secret'));
    await expect.poll(async () => (await bob.rows('invited')).length).toBe(1);
    const [row] = await bob.rows('invited');
    expect(row).toMatchObject({
      state: 'invited',
      title: 'Tea',
      invited_by: ann.user_id,
      member_count: 2,
      last_message_id: 0,
      unread_count: 0,
      members: [],
    });
    expect(JSON.stringify(row)).not.toContain('secret');
  });

  it('an invitation is taken back, by who gave it or an admin', async () => {
    const { ann, bob } = await pairOf('stranger');
    const { conversation_id: id } = await groupOf(ann, bob);
    await expect.poll(async () => (await bob.rows('invited')).length).toBe(1);
    expect(await ann.tries('DELETE', `/conversations/${id}/members/${bob.user_id}`)).toBe('204');
    await expect.poll(async () => (await bob.rows('invited')).length).toBe(0);
    expect(await bob.tries('PUT', membership(id))).toBe('not_found');
  });

  it('who has left it comes back by their own act only, whoever adds them', async () => {
    const { ann, bob } = await pairOf('contact');
    const { conversation_id: id } = await groupOf(ann, bob);
    await expect.poll(async () => (await bob.rows()).length).toBe(1);
    expect(await bob.tries('DELETE', `/conversations/${id}/members/${bob.user_id}`)).toBe('204');
    expect(await ann.tries('PUT', `/conversations/${id}/members/${bob.user_id}`)).toBe('202');
    await expect.poll(async () => (await bob.rows('invited')).length).toBe(1);
    expect(await bob.tries('PUT', membership(id))).toBe('200');
    await expect.poll(async () => (await bob.rows()).length).toBe(1);
    // Taken out by others, they come back as before.
    await ann.ask('DELETE', `/conversations/${id}/members/${bob.user_id}`);
    expect(await ann.tries('PUT', `/conversations/${id}/members/${bob.user_id}`)).toBe('200');
  });

  it('with one whom nobody may add or invite says the same as with anybody, and tells them nothing', async () => {
    const { ann, bob } = await pairOf('contact');
    await bob.ask('PATCH', '/me', { privacy: { groups: 'nobody' } });
    const { conversation_id: id } = await groupOf(ann);
    expect(await ann.tries('PUT', `/conversations/${id}/members/${bob.user_id}`)).toBe('202');
    expect(await bob.tries('PUT', membership(id))).toBe('not_found');
    expect(await bob.rows('invited')).toEqual([]);
  });

  it('is no business of those who are not asked', async () => {
    const { ann } = await pairOf('stranger');
    const cy = await actor('Cy');
    const { conversation_id: id } = await groupOf(ann);
    for (const path of [membership(id), acceptance(id)]) {
      for (const method of ['PUT', 'DELETE']) expect(await cy.tries(method, path), `${method} ${path}`).toBe('not_found');
    }
  });
});
