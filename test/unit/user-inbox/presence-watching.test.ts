/** A user's devices show others: whom, and for how long. */
import { beforeEach, describe, expect, it } from 'vitest';
import { WATCH_LEASE_MS } from '../../../protocol/limits.ts';
import { RELATED, settled, shown, Stage, watching, type User } from '../../support/presence-stage.ts';

let stage: Stage;
let ann: User;
let bob: User;
beforeEach(() => {
  stage = new Stage();
  ann = stage.user('ann');
  bob = stage.user('bob');
});

const annWatchesBob = () => watching(ann, 'bob');

describe('watching', () => {
  it('answers from memory to a second device, and once it is forgotten asks again', async () => {
    bob.open();
    await annWatchesBob();
    const second = await annWatchesBob();
    expect([shown(second, 'bob'), stage.count('watch'), stage.questions]).toEqual([{ status: 'online' }, 1, 1]);
    ann.evict();
    const third = await annWatchesBob();
    expect([shown(third, 'bob'), stage.count('watch'), stage.questions]).toEqual([{ status: 'online' }, 2, 2]);
  });

  it('replaces the set: who is in it no more is no longer watched', async () => {
    const device = bob.open();
    const watcher = await annWatchesBob();
    ann.watch(watcher, ['cat']);
    await settled();
    expect(stage.count('unwatch', 'bob')).toBe(1);
    await stage.pass(6_000);
    bob.setActive(device, false);
    await settled();
    expect([stage.count('news'), shown(watcher, 'bob')]).toEqual([0, { status: 'online' }]);
  });

  it('lapses after ten minutes unless it is renewed', async () => {
    const device = bob.open();
    const watcher = await annWatchesBob();
    await stage.pass(WATCH_LEASE_MS / 2);
    ann.watch(watcher, ['bob']);
    await stage.pass(WATCH_LEASE_MS - 1_000);
    bob.setActive(device, false);
    await settled();
    expect(shown(watcher, 'bob')).toEqual({ status: 'idle' });
    await stage.pass(40_000);
    bob.setActive(device, true);
    await settled();
    expect(shown(watcher, 'bob')).toEqual({ status: 'idle' });
    expect([bob.presence.nextAt(), bob.alarm]).toEqual([null, null]);
  });

  it('outlives evictions of both, in the attachments', async () => {
    const device = bob.open();
    const watcher = await annWatchesBob();
    ann.evict();
    bob.evict();
    await stage.pass(6_000);
    bob.evict();
    bob.setActive(device, false);
    await settled();
    expect(shown(watcher, 'bob')).toEqual({ status: 'idle' });
  });

  it('a second device has the watchers too, when the first is gone and memory with it', async () => {
    const first = bob.open();
    const watcher = await annWatchesBob();
    const second = bob.open();
    bob.close(first);
    bob.evict();
    await stage.pass(6_000);
    bob.setActive(second, false);
    await settled();
    expect(shown(watcher, 'bob')).toEqual({ status: 'idle' });
  });

  it('who sits down anew while their leaving is on its way stays seated', async () => {
    const device = bob.open();
    const watcher = await annWatchesBob();
    ann.watch(watcher, []);
    await settled();
    bob.presence.watchedBy({ watcher_id: 'ann', until: stage.now + 60_000, sees_last_seen: true });
    const held: (() => void)[] = [];
    stage.travel = (leg) => (leg === 'back' ? new Promise((resolve) => void held.push(resolve)) : Promise.resolve());
    await stage.pass(6_000);
    bob.setActive(device, false);
    await settled();
    stage.travel = () => Promise.resolve();
    ann.watch(watcher, ['bob']);
    await settled();
    held.forEach((go) => go());
    await settled();
    await stage.pass(6_000);
    bob.setActive(device, true);
    await settled();
    expect(shown(watcher, 'bob')).toEqual({ status: 'online' });
  });

  it('a stranger and one who blocks or is blocked are left out without a word', async () => {
    for (const id of ['bob', 'cat', 'dan']) stage.user(id).open();
    stage.facts = (_own, other) =>
      ({ bob: RELATED, cat: { ...RELATED, shares_conversation: false }, dan: { ...RELATED, blocked: true } })[other] ?? null;
    const watcher = ann.open();
    ann.watch(watcher, ['bob', 'cat', 'dan', 'nobody', 'ann']);
    await settled();
    expect(watcher.frames).toEqual([{ op: 'presence', user_id: 'bob', status: 'online' }]);
    expect(stage.calls).toMatchObject([{ call: 'watch', from: 'ann', to: 'bob' }]);
  });

  it('a stranger with whom a conversation has begun is shown when the set comes again', async () => {
    bob.open();
    stage.facts = () => null;
    const watcher = await annWatchesBob();
    stage.facts = () => RELATED;
    ann.presence.conversationBegan();
    ann.watch(watcher, ['bob']);
    await settled();
    expect(watcher.frames).toEqual([{ op: 'presence', user_id: 'bob', status: 'online' }]);
  });

  it('without the database those one talks with are shown, without last seen', async () => {
    const device = bob.open();
    bob.close(device);
    await stage.pass(20_000);
    stage.travel = () => Promise.reject(new Error('D1 is down'));
    ann.acquaintances.add('bob');
    const watcher = ann.open();
    ann.watch(watcher, ['bob', 'cat']);
    stage.travel = () => Promise.resolve();
    await settled();
    expect(watcher.frames).toEqual([{ op: 'presence', user_id: 'bob', status: 'offline' }]);
  });

  it('a call that is lost harms no other, and renewing makes it good', async () => {
    bob.open();
    stage.user('cat').open();
    const watcher = ann.open();
    let legs = 0;
    stage.travel = () => (++legs === 2 ? Promise.reject(new Error('lost')) : Promise.resolve());
    ann.watch(watcher, ['bob', 'cat']);
    await settled();
    expect([shown(watcher, 'bob'), shown(watcher, 'cat'), stage.errors.length]).toEqual([undefined, { status: 'online' }, 1]);
    ann.watch(watcher, ['bob', 'cat']);
    await settled();
    expect(shown(watcher, 'bob')).toEqual({ status: 'online' });
  });

  it('of two watches of a device the later holds, however the answers come', async () => {
    for (const id of ['bob', 'cat']) stage.user(id).open();
    const watcher = ann.open();
    const held: (() => void)[] = [];
    stage.travel = () => new Promise((resolve) => void held.push(resolve));
    ann.watch(watcher, ['bob']);
    ann.watch(watcher, ['cat']);
    held.pop()!();
    await settled();
    stage.travel = () => Promise.resolve();
    held.forEach((go) => go());
    await settled();
    expect(watcher.frames).toEqual([{ op: 'presence', user_id: 'cat', status: 'online' }]);
    expect(watcher.attachment.watching).toEqual(['cat']);
  });

  it('an older state that comes late does not replace a newer one', async () => {
    bob.open();
    const watcher = await annWatchesBob();
    const at = stage.now + 60_000;
    ann.presence.news({ user_id: 'bob', status: 'idle', last_seen: null, at });
    ann.presence.news({ user_id: 'bob', status: 'online', last_seen: null, at: at - 1 });
    expect(shown(watcher, 'bob')).toEqual({ status: 'idle' });
  });
});
