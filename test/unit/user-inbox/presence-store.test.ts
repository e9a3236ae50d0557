/** What the user's object keeps about presence: blocks outlive it, and saying the same twice changes nothing. */
import { expect, it } from 'vitest';
import { UNCHOSEN } from '../../../protocol/reach.ts';
import { setPrivacy } from '../../../durable/user-inbox/assembly.ts';
import { Stage } from './stage.ts';

const watch = (watcher_id: string) => ({ watcher_id, until: 9_000_000, sees_last_seen: true });

it('a block is kept once, in one row, and is gone once it is taken back', async () => {
  const stage = new Stage();
  await stage.connect('d');
  const shows = (id: string) => stage.open.presence.watchedBy(watch(id)).status;
  const say = (blocked: boolean) => stage.cost(() => stage.open.presence.setBlocked('ann', blocked)).then(({ rowsWritten }) => rowsWritten);
  await stage.open.presence.setBlocked('cat', true);
  expect(await say(true)).toBe(1);
  expect(await say(true)).toBe(0);
  stage.wake();
  expect([shows('ann'), shows('cat'), shows('ben')]).toEqual(['offline', 'offline', 'online']);
  expect(await say(false)).toBe(1);
  expect(await say(false)).toBe(0);
  stage.wake();
  expect([shows('ann'), shows('cat')]).toEqual(['online', 'offline']);
});

it('taking back what was never said makes no tables', async () => {
  const stage = new Stage();
  expect(await stage.cost(() => stage.open.presence.setBlocked('ann', false))).toMatchObject({ rowsWritten: 0 });
  expect(stage.db.all('SELECT name FROM sqlite_master')).toEqual([]);
});

it.each(['everyone', 'contacts', 'nobody'] as const)(
  '[privacy] with last seen for %s it is told or not, after a restart too',
  async (last_seen) => {
    const stage = new Stage();
    const socket = await stage.connect('d');
    stage.open.connections.drop(socket);
    socket.close(1000);
    await stage.pass(20_000);
    await setPrivacy(stage.open, { ...UNCHOSEN, last_seen });
    stage.wake();
    expect(stage.open.presence.watchedBy(watch('ann'))).toMatchObject({
      status: 'offline',
      last_seen: last_seen === 'nobody' ? null : 1_000_000,
    });
  },
);
