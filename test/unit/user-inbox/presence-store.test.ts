/** What the user's object keeps about presence: blocks outlive it, and saying the same twice changes nothing. */
import { expect, it } from 'vitest';
import { UNCHOSEN } from '../../../protocol/reach.ts';
import { setPrivacy } from '../../../durable/user-inbox/assembly.ts';
import { Stage } from './stage.ts';

const watch = (watcher_id: string) => ({ watcher_id, until: 9_000_000, sees_last_seen: true });

it('a block is kept, in one row, and is gone once it is taken back', async () => {
  const stage = new Stage();
  await stage.connect('d');
  const shows = (id: string) => stage.open.presence.watchedBy(watch(id)).status;
  await stage.open.reach.setBlocked('cat', true);
  await stage.open.reach.setBlocked('ann', true);
  stage.wake();
  expect([shows('ann'), shows('cat'), shows('ben')]).toEqual(['offline', 'offline', 'online']);
  await stage.open.reach.setBlocked('ann', false);
  stage.wake();
  expect([shows('ann'), shows('cat')]).toEqual(['online', 'offline']);
  expect(stage.storage.rows('SELECT user_id, contact, blocked FROM relations')).toEqual([{ user_id: 'cat', contact: 0, blocked: 1 }]);
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
