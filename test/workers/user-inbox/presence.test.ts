/**
 * Presence in the real runtime, between the objects of two users: sockets, heartbeats, hibernation,
 * alarms and D1. The clock is put forward; the platform's own, which stamps heartbeats, is not.
 */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { InboxConnection } from '../../../durable/user-inbox/connections.ts';
import type { PresenceFrame } from '../../../protocol/inbox.ts';
import { LEASE_MS, WATCH_LEASE_MS } from '../../../protocol/limits.ts';
import { mirrorRelation } from '../../../store/contacts.ts';
import { presenceFacts } from '../../../store/presence.ts';
import { env, uuid } from '../conversation/room.ts';
import { alarmOf, alarmsSet, answered, clock, connect, inboxOf, makePair, makeUser, ring, share, watch } from './presence-room.ts';

afterEach(() => vi.restoreAllMocks());

describe('presence between two users', () => {
  it('a watch is answered at once; idle, online and offline are told, offline only after the grace', async () => {
    const [ann, bob] = await makePair();
    const time = clock();
    const bobs = await connect(bob);
    const anns = await connect(ann);
    await watch(anns, bob);
    await anns.shows(bob, { status: 'online' });
    bobs.say({ op: 'active', on: false });
    await anns.shows(bob, { status: 'idle' });
    time.forward(6_000);
    bobs.say({ op: 'active', on: true });
    await anns.shows(bob, { status: 'online' });
    const before = time.now();
    await bobs.close();
    const after = time.now();
    time.forward(9_000);
    expect(await ring(bob)).toBe(true);
    await answered(bob);
    expect(anns.statuses(bob)).toEqual(['online', 'idle', 'online']);
    await evictDurableObject(inboxOf(bob));
    time.forward(1_500);
    expect(await ring(bob)).toBe(true);
    await anns.until(() => anns.statuses(bob).at(-1) === 'offline');
    const last = anns.frames.findLast((frame): frame is PresenceFrame => frame.op === 'presence');
    expect(last!.last_seen).toBeGreaterThanOrEqual(before);
    expect(last!.last_seen).toBeLessThanOrEqual(after);
  });

  it('a reload within the grace is told to nobody', async () => {
    const [ann, bob] = await makePair();
    const time = clock();
    const device = uuid();
    const before = await connect(bob, device);
    const anns = await connect(ann);
    await watch(anns, bob);
    await anns.shows(bob, { status: 'online' });
    await before.close();
    await evictDurableObject(inboxOf(bob));
    time.forward(4_000);
    const after = await connect(bob, device);
    time.forward(20_000);
    await ring(bob);
    expect(anns.statuses(bob)).toEqual(['online']);
    after.say({ op: 'active', on: false });
    await anns.shows(bob, { status: 'idle' });
  });

  it('a device that falls silent is gone by the alarm of its lease, though nothing else happens', async () => {
    const [ann, bob] = await makePair();
    const time = clock();
    const before = time.now();
    const bobs = await connect(bob);
    const after = time.now();
    const anns = await connect(ann);
    await watch(anns, bob);
    await anns.shows(bob, { status: 'online' });
    const due = (await alarmOf(bob))!;
    expect(due).toBeGreaterThan(before + LEASE_MS);
    expect(due).toBeLessThanOrEqual(after + LEASE_MS + 1);
    await evictDurableObject(inboxOf(bob));
    time.forward(LEASE_MS + 1_000);
    // The watcher's own lease runs by the same clock: it has come back.
    const again = await connect(ann);
    await watch(again, bob);
    await ring(bob);
    await again.until(() => again.statuses(bob).at(-1) === 'offline');
    await bobs.until(() => bobs.closed === 4408);
  });

  it('who comes is told to the partner of a direct conversation who watches, also when both slept', async () => {
    const [ann, bob] = await makePair();
    const members = [ann, bob];
    const row = { conversation_id: uuid(), epoch: '', kind: 'direct', role: 'member', members, last_message_id: 0 } as const;
    const rest = { title: null, avatar_url: null, last_message: null, countable_total: 0, read_message_id: 0, read_total: 0 } as const;
    const more = { delivered_message_id: 0, mentioned_in: [], entries: [], own_message_at: null, here: [], updated_at: 1 };
    await inboxOf(bob).deliver({ user_id: bob, ...row, ...rest, ...more });
    const anns = await connect(ann);
    await watch(anns, bob);
    await anns.shows(bob, { status: 'offline' });
    await evictDurableObject(inboxOf(ann));
    await evictDurableObject(inboxOf(bob));
    await connect(bob);
    await anns.shows(bob, { status: 'online' });
  });

  it('signing out is going', async () => {
    const [ann, bob] = await makePair();
    const time = clock();
    const session = uuid();
    await connect(bob, uuid(), session);
    const anns = await connect(ann);
    await watch(anns, bob);
    await anns.shows(bob, { status: 'online' });
    await inboxOf(bob).endSession(session);
    time.forward(10_001);
    await ring(bob);
    await anns.until(() => anns.statuses(bob).at(-1) === 'offline');
  });

  it('a watch outlives the hibernation of both objects', async () => {
    const [ann, bob] = await makePair();
    const bobs = await connect(bob);
    const anns = await connect(ann);
    await watch(anns, bob);
    await anns.shows(bob, { status: 'online' });
    await evictDurableObject(inboxOf(ann));
    await evictDurableObject(inboxOf(bob));
    bobs.say({ op: 'active', on: false });
    await anns.shows(bob, { status: 'idle' });
  });

  it('lapses after ten minutes', async () => {
    const [ann, bob] = await makePair();
    const time = clock();
    const bobs = await connect(bob);
    const anns = await connect(ann);
    await watch(anns, bob);
    await anns.shows(bob, { status: 'online' });
    time.forward(WATCH_LEASE_MS + 1);
    bobs.say({ op: 'active', on: false });
    bobs.say('ping');
    await bobs.until(() => bobs.pongs === 1);
    await ring(bob);
    await answered(bob);
    expect([anns.statuses(bob), await alarmOf(bob)]).toEqual([['online'], null]);
  });
});

describe('[P8] who may watch', () => {
  it('strangers and the blocked are left out; one who is blocked while watching is told offline once', async () => {
    const [ann, bob] = await makePair();
    const [stranger, contact] = [await makeUser(), await makeUser()];
    await mirrorRelation(env.DB, ann, contact, { contact: true, blocked: false }, 1);
    for (const user of [bob, stranger, contact]) await connect(user);
    const anns = await connect(ann);
    await watch(anns, bob, stranger, uuid(), ann, contact);
    await anns.shows(contact, { status: 'online' });
    await anns.until(() => anns.statuses(bob).length === 1);
    expect([anns.statuses(stranger), anns.statuses(ann)]).toEqual([[], []]);
    await mirrorRelation(env.DB, bob, ann, { contact: false, blocked: true }, 1);
    await inboxOf(bob).setBlocked(ann, true);
    await anns.shows(bob, { status: 'offline' });
    await watch(anns, bob, contact);
    await anns.until(() => anns.statuses(contact).length === 2);
    expect(anns.statuses(bob)).toEqual(['online', 'offline']);
  });

  it('a stranger who has somebody as a contact sees whether they are here, not when they were', async () => {
    const [ann, bob] = [await makeUser(), await makeUser()];
    await mirrorRelation(env.DB, ann, bob, { contact: true, blocked: false }, 1);
    const time = clock();
    const bobs = await connect(bob);
    const anns = await connect(ann);
    await watch(anns, bob);
    await anns.shows(bob, { status: 'online' });
    await bobs.close();
    time.forward(10_001);
    expect(await ring(bob)).toBe(true);
    await anns.shows(bob, { status: 'offline' });
  });

  it('[P10] 201 are an error, and the set stays as it was', async () => {
    const [ann, bob] = await makePair();
    const bobs = await connect(bob);
    const anns = await connect(ann);
    await watch(anns, bob);
    await anns.shows(bob, { status: 'online' });
    await watch(anns, ...Array.from({ length: 201 }, uuid));
    await anns.until(() => anns.frames.some((frame) => frame.op === 'error' && frame.code === 'bad_request'));
    bobs.say({ op: 'active', on: false });
    await anns.shows(bob, { status: 'idle' });
  });

  it('the database knows of each what it takes to decide', async () => {
    const [ann, bob] = await makePair();
    const [friend, fan, blocker, blocked, known, stranger] = await Promise.all([
      makeUser('contacts'),
      makeUser('nobody'),
      makeUser(),
      makeUser(),
      makeUser(),
      makeUser(),
    ]);
    await mirrorRelation(env.DB, ann, friend, { contact: true, blocked: false }, 1);
    await mirrorRelation(env.DB, fan, ann, { contact: true, blocked: false }, 1);
    await mirrorRelation(env.DB, blocker, ann, { contact: false, blocked: true }, 1);
    await mirrorRelation(env.DB, ann, blocked, { contact: false, blocked: true }, 1);
    const asked = [bob, friend, fan, blocker, blocked, known, stranger, uuid()];
    const facts = new Map(
      (await presenceFacts(env.DB, ann, asked, { people: new Set([known]), groups: [] })).map((row) => [row.user_id, row]),
    );
    const base = { shares_conversation: 0, blocked: 0, own_last_seen: 'everyone', their_last_seen: 'everyone' };
    const none = { they_in_own_contacts: 0, own_in_their_contacts: 0 };
    const expected = [
      { ...base, ...none, user_id: bob, shares_conversation: 1 },
      { ...base, ...none, user_id: friend, their_last_seen: 'contacts', they_in_own_contacts: 1 },
      { ...base, ...none, user_id: fan, their_last_seen: 'nobody', own_in_their_contacts: 1 },
      { ...base, ...none, user_id: blocker, blocked: 1 },
      { ...base, ...none, user_id: blocked, blocked: 1 },
      { ...base, ...none, user_id: known, shares_conversation: 1 },
      { ...base, ...none, user_id: stranger },
    ];
    expect(asked.map((id) => facts.get(id))).toEqual([...expected, undefined]);
  });
});

describe('[budget]', () => {
  it('heartbeats wake nothing, and without a watcher no alarm is armed', async () => {
    const bob = await makeUser();
    const bobs = await connect(bob);
    expect([await alarmsSet(bob), await alarmOf(bob)]).toEqual([0, null]);
    await evictDurableObject(inboxOf(bob));
    for (let beat = 1; beat <= 3; beat++) {
      bobs.say('ping');
      await bobs.until(() => bobs.pongs === beat);
    }
    // It rejects when the object is not running: nothing has woken it.
    await expect(evictDurableObject(inboxOf(bob))).rejects.toThrow();
  });

  it('the alarm is armed when somebody watches, once, and no longer when nobody does', async () => {
    const [ann, bob] = await makePair();
    const time = clock();
    const bobs = await connect(bob);
    const anns = await connect(ann);
    await watch(anns, bob);
    await anns.shows(bob, { status: 'online' });
    bobs.say({ op: 'active', on: false });
    await anns.shows(bob, { status: 'idle' });
    expect([await alarmsSet(bob), await alarmsSet(ann)]).toEqual([1, 0]);
    time.forward(1);
    await watch(anns);
    await answered(ann);
    await ring(bob);
    expect(await alarmOf(bob)).toBeNull();
  });

  it('an attachment with all it can hold is kept by the platform', async () => {
    const bob = await makeUser();
    const device = uuid();
    const bobs = await connect(bob, device);
    const watchers = Array.from({ length: 100 }, () => ({ watcher_id: uuid(), until: Date.now() + 60_000, sees_last_seen: true }));
    for (const one of watchers) await inboxOf(bob).watch(one);
    const others = await Promise.all(Array.from({ length: 200 }, () => makeUser()));
    await share(bob, ...others);
    await watch(bobs, ...others);
    await bobs.until(() => bobs.frames.filter(({ op }) => op === 'presence').length === 200);
    await evictDurableObject(inboxOf(bob));
    const kept = await runInDurableObject(inboxOf(bob), (_object, state) =>
      state.getWebSockets().map((socket) => {
        const { watching, watchers: seats } = socket.deserializeAttachment() as InboxConnection['attachment'];
        return [watching.length, seats.length];
      }),
    );
    expect(kept).toEqual([[200, 100]]);
  });
});
