/** A user comes and goes: who is told, and how many calls, alarms and rows it costs. */
import { beforeEach, describe, expect, it } from 'vitest';
import { WATCH_LEASE_MS, WATCHED_USERS_MAX } from '../../../protocol/limits.ts';
import { WATCHERS_MAX } from '../../../durable/user-inbox/presence.ts';
import type { Device } from '../../support/presence-sockets.ts';
import { settled, shown, Stage, type User } from '../../support/presence-stage.ts';

let stage: Stage;
let ann: User;
let bob: User;
beforeEach(() => {
  stage = new Stage();
  ann = stage.user('ann');
  bob = stage.user('bob');
});

async function annWatchesBob(): Promise<Device> {
  const device = ann.open();
  ann.watch(device, ['bob']);
  await settled();
  return device;
}

describe('coming and going', () => {
  it('is told to those who watch: online, idle, and offline only after the grace', async () => {
    const laptop = bob.open();
    const phone = bob.open();
    const watcher = await annWatchesBob();
    expect(shown(watcher, 'bob')).toEqual({ status: 'online' });
    await stage.pass(10_000);
    bob.setActive(laptop, false);
    await settled();
    expect(shown(watcher, 'bob')).toEqual({ status: 'online' });
    bob.setActive(phone, false);
    await settled();
    expect(shown(watcher, 'bob')).toEqual({ status: 'idle' });
    bob.close(laptop);
    bob.close(phone);
    const wentAt = stage.now;
    await stage.pass(9_999);
    expect(shown(watcher, 'bob')).toEqual({ status: 'idle' });
    await stage.pass(1);
    expect(shown(watcher, 'bob')).toEqual({ status: 'offline', last_seen: wentAt });
    expect(watcher.frames.map(({ status }) => status)).toEqual(['online', 'idle', 'offline']);
  });

  it('a reload within the grace is told to nobody, also when the object is evicted meanwhile', async () => {
    for (const evicted of [false, true]) {
      const device = bob.open();
      const watcher = await annWatchesBob();
      await stage.pass(20_000);
      const before = watcher.frames.length;
      bob.close(device);
      if (evicted) bob.evict();
      await stage.pass(3_000);
      if (evicted) bob.evict();
      const again = bob.open();
      await stage.pass(30_000);
      expect(watcher.frames.slice(before)).toEqual([]);
      expect(shown(watcher, 'bob')).toEqual({ status: 'online' });
      // The watcher has moved along: the next change is told.
      bob.setActive(again, false);
      await settled();
      expect(shown(watcher, 'bob')).toEqual({ status: 'idle' });
      bob.close(again);
      ann.close(watcher);
      await stage.pass(WATCH_LEASE_MS);
    }
  });

  it('the grace outlives an eviction', async () => {
    const device = bob.open();
    const watcher = await annWatchesBob();
    bob.close(device);
    const wentAt = stage.now;
    bob.evict();
    await stage.pass(10_000);
    expect(shown(watcher, 'bob')).toEqual({ status: 'offline', last_seen: wentAt });
  });

  it('who asks within the grace is answered as the others were, and told the end of it', async () => {
    const device = bob.open();
    bob.close(device);
    const watcher = await annWatchesBob();
    expect(shown(watcher, 'bob')).toEqual({ status: 'online' });
    bob.evict();
    await stage.pass(10_000);
    expect(shown(watcher, 'bob')).toMatchObject({ status: 'offline' });
  });

  it('a device that falls silent is gone when its lease is over, at once, and its socket is closed', async () => {
    const device = bob.open();
    const watcher = await annWatchesBob();
    await stage.pass(50_000);
    device.pinging = false;
    const heardAt = device.pingedAt;
    await stage.pass(heardAt + 30_000 - stage.now);
    expect(shown(watcher, 'bob')).toEqual({ status: 'online' });
    await stage.pass(1_001);
    expect(shown(watcher, 'bob')).toEqual({ status: 'offline', last_seen: heardAt });
    expect(device.closed).toBe(4408);
  });

  it('a silent device in the foreground gives way to one in the background', async () => {
    const silent = bob.open();
    bob.open(false);
    const watcher = await annWatchesBob();
    silent.pinging = false;
    await stage.pass(32_000);
    expect(shown(watcher, 'bob')).toEqual({ status: 'idle' });
    expect(silent.closed).toBe(4408);
  });

  it('a silent device to which a delivery is owed is left to those who make it good', async () => {
    const device = bob.open();
    device.attachment.owed = { c: { version: 1, message_id: 1 } };
    bob.evict();
    const watcher = await annWatchesBob();
    device.pinging = false;
    await stage.pass(32_000);
    expect(shown(watcher, 'bob')).toMatchObject({ status: 'offline' });
    expect([device.closed, bob.alarm]).toEqual([null, null]);
  });

  it('at most one change in five seconds, and the latest wins', async () => {
    const device = bob.open();
    const watcher = await annWatchesBob();
    await stage.pass(6_000);
    for (const on of [false, true, false, true, false]) {
      bob.setActive(device, on);
      await stage.pass(500);
    }
    expect(watcher.frames.map(({ status }) => status)).toEqual(['online', 'idle']);
    bob.setActive(device, true);
    bob.evict();
    await stage.pass(2_000);
    expect(watcher.frames.map(({ status }) => status)).toEqual(['online', 'idle']);
    await stage.pass(500);
    expect(watcher.frames.map(({ status }) => status)).toEqual(['online', 'idle', 'online']);
  });

  it('who asks while a change waits to be told is answered as the others were, so that all learn the next one', async () => {
    const device = bob.open();
    const watcher = await annWatchesBob();
    await stage.pass(6_000);
    bob.setActive(device, false);
    await stage.pass(1_000);
    bob.setActive(device, true);
    const late = stage.user('cat').open();
    stage.user('cat').watch(late, ['bob']);
    await settled();
    bob.setActive(device, false);
    await stage.pass(6_000);
    expect([shown(watcher, 'bob'), shown(late, 'bob')]).toEqual([{ status: 'idle' }, { status: 'idle' }]);
  });

  it('who comes is told to the partners of direct conversations, and from then on to those of them who watch', async () => {
    bob.partners = ['ann', 'cat'];
    const watcher = await annWatchesBob();
    expect(shown(watcher, 'bob')).toEqual({ status: 'offline' });
    ann.evict();
    bob.evict();
    const device = bob.open();
    await settled();
    expect(shown(watcher, 'bob')).toEqual({ status: 'online' });
    expect([stage.count('news', 'ann'), stage.count('news', 'cat')]).toEqual([1, 1]);
    await stage.pass(6_000);
    bob.setActive(device, false);
    await settled();
    expect([stage.count('news', 'ann'), stage.count('news', 'cat')]).toEqual([2, 1]);
  });
});

describe('[budget]', () => {
  it('who is watched by nobody costs no alarm and no call, and one row when they go', async () => {
    const device = bob.open();
    await stage.pass(120_000);
    bob.setActive(device, false);
    bob.close(device);
    await stage.pass(60_000);
    expect([bob.alarmsSet, stage.calls, bob.rowsWritten]).toEqual([0, [], 1]);
    const watcher = await annWatchesBob();
    expect(shown(watcher, 'bob')).toMatchObject({ status: 'offline', last_seen: stage.now - 60_000 });
    expect([bob.alarmsSet, bob.rowsWritten]).toEqual([0, 1]);
  });

  it('while somebody watches the alarm rings once a lease, and tells nobody anything', async () => {
    bob.open();
    await annWatchesBob();
    await stage.pass(300_000);
    expect(bob.rings).toBeGreaterThan(0);
    expect(bob.rings).toBeLessThanOrEqual(12);
    expect(stage.count('news')).toBe(0);
    expect(bob.rowsWritten).toBe(0);
  });

  it('going while watched is two rows and a call for each watcher', async () => {
    const device = bob.open();
    await annWatchesBob();
    bob.close(device);
    await stage.pass(60_000);
    expect([bob.rowsWritten, stage.count('news')]).toEqual([2, 1]);
  });

  it('200 who watch: a hundred are remembered, and with 20 partners a change is told in 100 calls, a coming in 120', async () => {
    const device = bob.open();
    const watchers = Array.from({ length: 200 }, (_, index) => stage.user(`w${index}`));
    for (const watcher of watchers) {
      watcher.watch(watcher.open(), ['bob']);
      await stage.pass(1);
    }
    expect(device.attachment.watchers.map(([id]) => id).toSorted()).toEqual(
      watchers
        .slice(100)
        .map(({ id }) => id)
        .toSorted(),
    );
    bob.partners = Array.from({ length: 20 }, (_, index) => `p${index}`);
    bob.close(device);
    await stage.pass(20_000);
    expect(stage.count('news')).toBe(WATCHERS_MAX);
    bob.open();
    await settled();
    expect(stage.count('news')).toBe(2 * WATCHERS_MAX + 20);
    expect(stage.errors).toEqual([]);
  });

  it('watching 200 is one question and 200 calls, not more than six under way at once', async () => {
    const ids = Array.from({ length: WATCHED_USERS_MAX }, (_, index) => `u${index}`);
    let under = 0;
    let most = 0;
    stage.travel = async (leg) => {
      if (leg === 'there' && stage.count('watch') > 0) most = Math.max(most, ++under);
      await settled();
      if (leg === 'back') under -= 1;
    };
    const watcher = ann.open();
    ann.watch(watcher, ids);
    while (watcher.frames.length < ids.length) await settled();
    expect([stage.questions, stage.count('watch'), most]).toEqual([1, WATCHED_USERS_MAX, 6]);
  });
});
