/** Groups: who comes and goes, who may say so, and what the log and the sockets tell of it. */
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../protocol/outcome.ts';
import { ADDING, ask, isOp, logOf, makeRoom, open, textFrame, uuid } from './room.ts';

const codeOf = (outcome: Outcome<unknown>): string => (outcome.ok ? 'ok' : outcome.refusal.code);

describe('membership', () => {
  it('an added member is told of to everybody, may read the whole history, and may write', async () => {
    const room = await makeRoom(3);
    const [owner, bob] = room.users as [string, string];
    const socket = await open(room, bob);
    await ask(socket, textFrame('before you came'));
    const newcomer = uuid();
    const added = await room.stub().putMember(owner, newcomer, undefined, ADDING);
    expect(added.ok && added.value.status === 'member' && added.value.conversation.members.at(-1)).toEqual({
      user_id: newcomer,
      role: 'member',
      joined_message_id: 2,
    });
    const told = await socket.until(isOp('message'));
    expect(told.message).toMatchObject({
      message_id: 2,
      type: 'membership',
      sender_id: owner,
      membership: { action: 'added', user_id: newcomer, role: 'member' },
    });
    const theirs = await open(room, newcomer);
    expect(theirs.frames[0]).toMatchObject({ op: 'hello', role: 'member', last_message_id: 2 });
    expect(await ask(theirs, textFrame('thanks', 2))).toMatchObject({ op: 'ack', message_id: 3 });
    expect(await logOf(room, newcomer)).toHaveLength(3);
  });

  it('the 101st member is refused with conflict and nothing changes', async () => {
    const room = await makeRoom(100);
    expect(await room.stub().putMember(room.users[0]!, uuid(), undefined, ADDING)).toMatchObject({
      ok: false,
      refusal: { code: 'conflict' },
    });
    expect(await logOf(room)).toEqual([]);
    expect((await room.stub().removeMember(room.users[0]!, room.users[99]!)).ok).toBe(true);
    expect((await room.stub().putMember(room.users[0]!, uuid(), undefined, ADDING)).ok).toBe(true);
  });

  it('adding one who is there, and removing one who is not, writes nothing', async () => {
    const room = await makeRoom(3);
    const [owner, bob] = room.users as [string, string];
    expect(codeOf(await room.stub().putMember(owner, bob, undefined, ADDING))).toBe('ok');
    expect(codeOf(await room.stub().removeMember(owner, uuid()))).toBe('not_found');
    expect(await logOf(room)).toEqual([]);
  });

  it('when the last owner leaves, the oldest admin becomes owner, and both stand in the log', async () => {
    const room = await makeRoom(4);
    const [owner, bob, cy, dan] = room.users as [string, string, string, string];
    await room.stub().putMember(owner, dan, 'admin', ADDING);
    await room.stub().putMember(owner, cy, 'admin', ADDING);
    expect((await room.stub().removeMember(owner, owner)).ok).toBe(true);
    const described = await room.stub().describe(bob);
    expect(described.ok && described.value.members).toMatchObject([
      { user_id: bob, role: 'member' },
      { user_id: cy, role: 'owner' },
      { user_id: dan, role: 'admin' },
    ]);
    expect((await logOf(room, bob)).map((entry) => entry.type)).toEqual(['membership', 'membership', 'membership', 'membership']);
  });

  it('a title is changed by owners and admins only, is told, and changing nothing writes nothing', async () => {
    const room = await makeRoom(3);
    const [owner, bob] = room.users as [string, string];
    const socket = await open(room, bob);
    expect(codeOf(await room.stub().patch(bob, { title: 'Mine' }))).toBe('forbidden');
    expect(await room.stub().patch(owner, { title: 'Ours' })).toMatchObject({ ok: true, value: { title: 'Ours' } });
    expect((await socket.until(isOp('message'))).message).toMatchObject({ type: 'conversation', conversation: { title: 'Ours' } });
    expect(codeOf(await room.stub().patch(owner, { title: 'Ours' }))).toBe('ok');
    expect(await logOf(room)).toHaveLength(1);
  });

  it('a direct conversation has no title, nobody joins it and nobody leaves', async () => {
    const room = await makeRoom();
    const [ann, bob] = room.users as [string, string];
    const refused = await Promise.all([
      room.stub().patch(ann, { title: 'Us' }),
      room.stub().putMember(ann, uuid(), undefined, ADDING),
      room.stub().removeMember(ann, bob),
      room.stub().removeMember(ann, ann),
    ]);
    expect(refused.map(codeOf)).toEqual(['forbidden', 'forbidden', 'forbidden', 'forbidden']);
    expect(await logOf(room)).toEqual([]);
  });
});
