/** Commands of an operator, and objects whose alarm the platform has dropped. */
import { createHmac } from 'node:crypto';
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env as bound } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { UserInbox } from '../../../durable/user-inbox/object.ts';
import { app } from '../../../src/app.ts';
import type { Env } from '../../../src/env.ts';
import { makeRoom, textFrame, uuid, type Room } from '../conversation/room.ts';

afterEach(() => vi.restoreAllMocks());

const env = bound as unknown as Env;

interface Command {
  path: string;
  method?: string;
  body?: string;
  at?: number;
  secret?: string;
  signedPath?: string;
  signature?: string;
}

function send({ path, method = 'POST', body = '', at = Date.now(), secret = env.AUTH_SECRET, signedPath = path, signature }: Command) {
  const key = createHmac('sha256', secret).update('natter internal v1').digest();
  const mac = createHmac('sha256', key).update(['POST', signedPath, at, body].join('\n')).digest('hex');
  const headers = { 'natter-signature': signature ?? `t=${at},v1=${mac}` };
  return app.request(`http://natter.test${path}`, { method, headers, ...(method === 'POST' && { body }) }, env);
}

const wakePath = (id: string): string => `/v1/internal/conversations/${id}/wake`;
const alarmOf = (room: Room) => runInDurableObject(room.stub(), (_object, { storage }) => storage.getAlarm());

/** Its members' inboxes do not answer; the last word is told to nobody. */
async function untold(): Promise<Room> {
  const room = await makeRoom();
  await expect.poll(async () => (await runInDurableObject(room.stub(), (object) => object.wake()))?.inboxes).toBe(0);
  vi.spyOn(UserInbox.prototype, 'deliver').mockImplementation(() => Promise.reject(new Error('inbox down')));
  await room.stub().submit(room.users[0]!, textFrame('who hears it?'));
  await expect.poll(() => runInDurableObject(room.stub(), (object) => object.db.usage.alarmsSet)).toBeGreaterThan(0);
  return room;
}

describe('[B1] POST /v1/internal/conversations/{id}/wake', () => {
  it('tries at once what has failed, and says what is pending', async () => {
    const room = await untold();
    const failing = await send({ path: wakePath(room.id) });
    expect([failing.status, await failing.json()]).toMatchObject([200, { last_message_id: 1, inboxes: 2 }]);
    vi.restoreAllMocks();
    const well = await send({ path: wakePath(room.id) });
    expect([well.status, await well.json()]).toMatchObject([200, { last_message_id: 1, inboxes: 0, members: false, set_aside: 0 }]);
  });

  it('is the ordinary 404 for everybody without a fresh signature of ours over this very command', async () => {
    const room = await makeRoom();
    const path = wakePath(room.id);
    const ordinary = await send({ path: '/v1/internal/nothing' });
    const body = await ordinary.text();
    const refused: Command[] = [
      { path, signature: '' },
      { path, signature: `t=${Date.now()},v1=${'0'.repeat(64)}` },
      { path, secret: 'another secret' },
      { path, at: Date.now() - 61_000 },
      { path, at: Date.now() + 62_000 },
      { path, signedPath: wakePath(uuid()) },
      { path, method: 'GET' },
      { path: wakePath(uuid()) },
      { path: wakePath('nothing') },
    ];
    for (const command of refused) {
      const answer = await send(command);
      expect([answer.status, await answer.text()]).toEqual([404, body]);
      expect([...answer.headers.keys()].toSorted()).toEqual([...ordinary.headers.keys()].toSorted());
    }
  });
});

describe('[B3] POST /v1/internal/conversations/{id}/restore', () => {
  it('restarts the object over its earlier state, and gives the log an epoch from outside', async () => {
    const room = await makeRoom();
    const asked: unknown[] = [];
    const before = await runInDurableObject(room.stub(), async (object) => {
      object.recovery = {
        getBookmarkForTime: (at) => (asked.push(at), Promise.resolve('then')),
        onNextSessionRestoreBookmark: (bookmark) => (asked.push(bookmark), Promise.resolve('undo')),
      };
      const described = await object.describe(room.users[0]!);
      return described.ok ? described.value.epoch : '';
    });
    const answer = await send({ path: `/v1/internal/conversations/${room.id}/restore`, body: '{"at":1790000000000}' });
    const { undo, epoch } = await answer.json<{ undo: string; epoch: string }>();
    expect([answer.status, undo, asked]).toEqual([200, 'undo', [1_790_000_000_000, 'then']]);
    expect(epoch > before).toBe(true);
    expect(await room.stub().describe(room.users[0]!)).toMatchObject({ ok: true, value: { epoch } });
  });

  it('is the ordinary 404 without an instant, and for a conversation that does not exist', async () => {
    const room = await makeRoom();
    const path = `/v1/internal/conversations/${room.id}/restore`;
    for (const body of ['', '{}', '{"at":"then"}', 'null']) expect((await send({ path, body })).status).toBe(404);
    expect((await send({ path: `/v1/internal/conversations/${uuid()}/restore`, body: '{"at":1}' })).status).toBe(404);
  });
});

describe('[A10] an alarm that the platform has dropped', () => {
  it('is armed again by whatever wakes the conversation, and what was pending is told', async () => {
    const room = await untold();
    await runInDurableObject(room.stub(), (_object, { storage }) => storage.deleteAlarm());
    await evictDurableObject(room.stub());
    vi.restoreAllMocks();
    await room.stub().describe(room.users[0]!);
    expect(await alarmOf(room)).not.toBeNull();
    await runInDurableObject(room.stub(), (_object, state) => state.storage.sql.exec(`UPDATE progress SET fanout = '{}'`).toArray());
    await evictDurableObject(room.stub());
    expect(await runDurableObjectAlarm(room.stub())).toBe(true);
    expect(await runInDurableObject(room.stub(), (object) => object.wake())).toMatchObject({ inboxes: 0 });
  });

  it('is not armed, and nothing is written, when nothing is pending', async () => {
    const room = await makeRoom();
    await expect.poll(async () => (await runInDurableObject(room.stub(), (object) => object.wake()))?.next_at).toBeNull();
    await runDurableObjectAlarm(room.stub());
    await evictDurableObject(room.stub());
    await room.stub().describe(room.users[0]!);
    expect(await runInDurableObject(room.stub(), (object) => object.db.usage.rowsWritten)).toBe(0);
    expect(await alarmOf(room)).toBeNull();
  });

  it('never comes to be by failing: the handler ends well, and comes again', async () => {
    const room = await untold();
    for (let ring = 0; ring < 7; ring++) {
      await runInDurableObject(room.stub(), async (object) => {
        vi.spyOn(object.db, 'first').mockImplementation(() => {
          throw new Error('SQLITE_IOERR');
        });
        await object.alarm();
        vi.mocked(object.db.first).mockRestore();
      });
    }
    expect(await alarmOf(room)).not.toBeNull();
  });
});
