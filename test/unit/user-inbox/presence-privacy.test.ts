/** What a user's devices show of others is only what both sides allow. */
import { beforeEach, describe, expect, it } from 'vitest';
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

describe('[privacy]', () => {
  it('last seen is shown where both allow it, and hidden as soon as one no longer does', async () => {
    const device = bob.open();
    const watcher = await annWatchesBob();
    bob.close(device);
    const last_seen = stage.now;
    await stage.pass(10_000);
    expect(shown(watcher, 'bob')).toEqual({ status: 'offline', last_seen });
    stage.facts = () => ({ ...RELATED, their_last_seen: 'nobody' });
    bob.presence.privacyChanged();
    await settled();
    expect(shown(watcher, 'bob')).toEqual({ status: 'offline' });
    stage.facts = () => RELATED;
    bob.presence.privacyChanged();
    await settled();
    expect(shown(watcher, 'bob')).toEqual({ status: 'offline', last_seen });
    stage.facts = () => ({ ...RELATED, own_last_seen: 'nobody' });
    ann.presence.privacyChanged();
    await settled();
    expect(shown(watcher, 'bob')).toEqual({ status: 'offline' });
  });

  it.each(['bob blocks ann', 'ann blocks bob'])('%s: ann is told offline once, and nothing more', async (what) => {
    bob.partners = ['ann'];
    const device = bob.open();
    const watcher = await annWatchesBob();
    stage.facts = () => ({ ...RELATED, blocked: true });
    await (what === 'bob blocks ann' ? bob.setBlocked('ann', true) : ann.setBlocked('bob', true));
    await settled();
    expect(watcher.frames.map(({ status }) => status)).toEqual(['online', 'offline']);
    await stage.pass(6_000);
    bob.setActive(device, false);
    bob.close(device);
    await stage.pass(20_000);
    const told = stage.count('news', 'ann');
    bob.open();
    await settled();
    if (what === 'bob blocks ann') expect(stage.count('news', 'ann')).toBe(told);
    ann.watch(watcher, ['bob']);
    await settled();
    expect(watcher.frames).toHaveLength(2);
    expect(watcher.attachment.watching).toEqual([]);
  });

  it('who hides when they were last here says so to nobody, also to those who remember that they may see it', async () => {
    bob.close(bob.open());
    const last_seen = stage.now;
    await stage.pass(20_000);
    const watcher = await annWatchesBob();
    await stage.pass(60_000);
    expect(shown(watcher, 'bob')).toEqual({ status: 'offline', last_seen });
    bob.evict();
    bob.lastSeen = 'nobody';
    bob.presence.privacyChanged();
    ann.watch(watcher, ['bob']);
    await settled();
    expect([shown(watcher, 'bob'), stage.questions]).toEqual([{ status: 'offline' }, 1]);
  });

  it('without the database a block still hides both ways, also after an eviction, until it is taken back', async () => {
    for (const user of [ann, bob]) user.open();
    ann.acquaintances.add('bob');
    bob.acquaintances.add('ann');
    const watch = async (user: User, whom: string): Promise<unknown> => {
      const device = user.open();
      stage.travel = () => Promise.reject(new Error('D1 is down'));
      user.watch(device, [whom]);
      stage.travel = () => Promise.resolve();
      await settled();
      return shown(device, whom);
    };
    for (const blocked of [true, false]) {
      await bob.setBlocked('ann', blocked);
      await settled();
      bob.evict();
      expect(await watch(ann, 'bob')).toEqual({ status: blocked ? 'offline' : 'online' });
      expect(await watch(bob, 'ann')).toEqual(blocked ? undefined : { status: 'online' });
    }
  });

  it('a block holds against an answer of the database that was on its way', async () => {
    ann.open();
    const device = bob.open();
    let answer!: () => void;
    stage.travel = () => new Promise((resolve) => void (answer = resolve));
    bob.watch(device, ['ann']);
    stage.travel = () => Promise.resolve();
    await bob.setBlocked('ann', true);
    answer();
    await settled();
    expect([shown(device, 'ann'), device.attachment.watching, stage.count('watch')]).toEqual([undefined, [], 0]);
  });

  it('who may watch no longer is told offline once when the device renews', async () => {
    bob.open();
    const watcher = await annWatchesBob();
    ann.evict();
    stage.facts = () => ({ ...RELATED, shares_conversation: false });
    ann.watch(watcher, ['bob']);
    await settled();
    ann.watch(watcher, ['bob']);
    await settled();
    expect(watcher.frames.map(({ status }) => status)).toEqual(['online', 'offline']);
  });

  it('a block that the other could not be told of is an error, and no watcher remains', async () => {
    bob.open();
    await annWatchesBob();
    stage.travel = () => Promise.reject(new Error('lost'));
    await expect(bob.setBlocked('ann', true)).rejects.toThrow('lost');
    expect(bob.presence.watchedBy({ watcher_id: 'ann', until: stage.now + 1_000, sees_last_seen: true })).toMatchObject({
      status: 'offline',
      last_seen: null,
    });
    expect(bob.presence.nextAt()).toBeNull();
  });

  it('who is no longer blocked is seen again at the next watch', async () => {
    bob.open();
    stage.facts = () => ({ ...RELATED, blocked: true });
    const watcher = await annWatchesBob();
    expect(watcher.frames).toEqual([]);
    stage.facts = () => RELATED;
    await bob.setBlocked('ann', false);
    ann.watch(watcher, ['bob']);
    await settled();
    expect(shown(watcher, 'bob')).toEqual({ status: 'online' });
  });
});
