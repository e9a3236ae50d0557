/** When a notification is due, and what a job comes to: the rules, one by one. */
import { describe, expect, it } from 'vitest';
import {
  COLLAPSE_MS,
  dueOf,
  isCovered,
  leaseEnd,
  STILL_UNREAD_MS,
  verdictOn,
  type Due,
  type Situation,
  type Verdict,
} from '../../../durable/user-inbox/push-plan.ts';

const NOW = 10_000_000;
const PHONE = { device_id: 'phone', active: true };
const TABLET = { device_id: 'tablet', active: true };
const LAPTOP = { device_id: 'laptop', active: true };

/** One unread message of somebody else; the user's phone has an address; nothing is open. */
const unread = (more: Partial<Situation> = {}): Situation => ({
  now: NOW,
  user_id: 'ann',
  is_member: true,
  is_blocked: false,
  muted_until: null,
  unread: 1,
  message: { message_id: 7, sender_id: 'ben', timestamp: NOW },
  pushed_to: 0,
  missed_by: null,
  sent_at: null,
  addressed: ['phone'],
  fresh: [],
  here: [],
  delivered_message_id: 0,
  ...more,
});

describe('[P6] a job is due', () => {
  it.each<[string, Partial<Situation>, Due | null]>([
    ['at once when nothing is open', {}, { at: NOW, reason: null }],
    ['at once when what is open is in the background', { fresh: [{ ...LAPTOP, active: false }] }, { at: NOW, reason: null }],
    [
      'after the rest of 30 s when it is told late',
      { fresh: [LAPTOP], message: { message_id: 7, sender_id: 'ben', timestamp: NOW - 12_000 } },
      { at: NOW + STILL_UNREAD_MS - 12_000, reason: null },
    ],
    ['after 30 s when a device is active', { fresh: [LAPTOP] }, { at: NOW + STILL_UNREAD_MS, reason: null }],
    [
      'after 30 s when one of several is active',
      { addressed: ['phone', 'tablet'], fresh: [{ ...PHONE, active: false }, LAPTOP] },
      { at: NOW + STILL_UNREAD_MS, reason: null },
    ],
    [
      'never while every device with an address is connected',
      { fresh: [LAPTOP, { ...PHONE, active: false }] },
      { at: null, reason: 'device_active' },
    ],
    [
      'when the lease ends of the one device that is in the conversation and has not got it',
      { here: [{ device_id: 'laptop', heard_at: NOW - 9_000 }], delivered_message_id: 6 },
      { at: leaseEnd(NOW - 9_000), reason: null },
    ],
    [
      'when the last of those leases ends',
      {
        here: [
          { device_id: 'laptop', heard_at: NOW - 9_000 },
          { device_id: 'phone', heard_at: NOW - 2_000 },
        ],
        delivered_message_id: 6,
      },
      { at: leaseEnd(NOW - 2_000), reason: null },
    ],
    [
      'after 30 s when it has got it',
      { here: [{ device_id: 'laptop', heard_at: NOW - 9_000 }], delivered_message_id: 7 },
      { at: NOW + STILL_UNREAD_MS, reason: null },
    ],
    [
      'after 30 s when another device is active besides',
      { here: [{ device_id: 'laptop', heard_at: NOW - 9_000 }], fresh: [TABLET], delivered_message_id: 6 },
      { at: NOW + STILL_UNREAD_MS, reason: null },
    ],
    ['10 s after the last notification', { sent_at: NOW - 4_000, pushed_to: 6 }, { at: NOW - 4_000 + COLLAPSE_MS, reason: 'collapsed' }],
    ['at once when that is longer ago', { sent_at: NOW - COLLAPSE_MS, pushed_to: 6 }, { at: NOW, reason: null }],
    ['never while muted', { muted_until: NOW + 1 }, { at: null, reason: 'muted' }],
    ['when the mute has ended', { muted_until: NOW }, { at: NOW, reason: null }],
    ['never without an address', { addressed: [] }, { at: null, reason: 'no_address' }],
    ['never when all is read', { unread: 0 }, null],
    ['never for an own message', { message: { message_id: 7, sender_id: 'ann', timestamp: NOW } }, null],
    ['never when there is no message', { message: null }, null],
    ['never for one who has left', { is_member: false }, null],
    ['never for one whom the user blocks', { is_blocked: true }, null],
    ['never again for what was sent', { pushed_to: 7 }, null],
    ['again for a device that was lost before it had it', { pushed_to: 7, missed_by: 'phone' }, { at: NOW, reason: null }],
    ['never for a deleted message alone', { message: { message_id: 7, sender_id: 'ben', timestamp: NOW, deleted: true } }, null],
    [
      'at once when something unread stands before a deleted one',
      { message: { message_id: 7, sender_id: 'ben', timestamp: NOW, deleted: true }, unread: 2 },
      { at: NOW, reason: null },
    ],
  ])('%s', (_, more, due) => {
    expect(dueOf(unread(more))).toEqual(due);
  });

  it.each<[string, number | undefined, number, boolean]>([
    ['none', undefined, NOW, false],
    ['one that comes as soon', NOW, NOW, true],
    ['one that comes sooner', NOW + 5_000, NOW + STILL_UNREAD_MS, true],
    ['one that comes later', NOW + STILL_UNREAD_MS, NOW, false],
    ['one that should have come long ago', NOW - STILL_UNREAD_MS, NOW, false],
  ])('is covered by a job on its way: %s', (_, pendingAt, at, covered) => {
    expect(isCovered(pendingAt, at, NOW)).toBe(covered);
  });
});

const no = (reason: Extract<Verdict, { send_to: null }>['reason'], retry_after_ms: number | null = null): Verdict => ({
  send_to: null,
  reason,
  retry_after_ms,
});
const all: Verdict = { send_to: ['phone'] };
const LONG_AGO = NOW - STILL_UNREAD_MS;

describe('[P6] just before sending', () => {
  it.each<[string, Partial<Situation>, number, Verdict]>([
    ['unread, and nothing open: sent', {}, NOW, all],
    ['read meanwhile', { unread: 0 }, NOW, no('read_meanwhile')],
    ['answered meanwhile', { message: { message_id: 8, sender_id: 'ann', timestamp: NOW } }, NOW, no('read_meanwhile')],
    ['muted meanwhile', { muted_until: NOW + 1 }, NOW, no('muted')],
    ['the address is gone', { addressed: [] }, NOW, no('no_address')],
    ['left meanwhile: not a word', { is_member: false }, NOW, no(null)],
    ['a notification of this message was sent', { pushed_to: 7 }, NOW, no('collapsed')],
    ['… but not to a device that was lost before it had it', { pushed_to: 7, missed_by: 'phone' }, NOW, all],
    ['… to that device alone', { pushed_to: 7, missed_by: 'tablet', addressed: ['phone', 'tablet'] }, NOW, { send_to: ['tablet'] }],
    ['… unless it is back', { pushed_to: 7, missed_by: 'phone', fresh: [PHONE] }, LONG_AGO, no('device_active')],
    ['blocked meanwhile: not a word', { is_blocked: true }, NOW, no(null)],
    ['one was sent a moment ago: later', { pushed_to: 6, sent_at: NOW - 3_000 }, NOW, no('collapsed', 7_000)],
    ['a device is active: the rest of the 30 s', { fresh: [LAPTOP] }, NOW - 12_000, no('device_active', 18_000)],
    ['… and unread after them: sent to who is not there', { fresh: [LAPTOP] }, LONG_AGO, all],
    [
      'a device in the conversation counts as active',
      { here: [{ device_id: 'laptop', heard_at: NOW }] },
      NOW,
      no('device_active', STILL_UNREAD_MS),
    ],
    ['an open device in the background does not hold back the others', { fresh: [{ ...LAPTOP, active: false }] }, NOW, all],
    ['every device with an address is back', { fresh: [{ ...PHONE, active: false }] }, NOW, no('device_active', STILL_UNREAD_MS)],
    ['… and still there after 30 s: it shows it itself', { fresh: [{ ...PHONE, active: false }] }, LONG_AGO, no('device_active')],
    [
      'only those that are not there',
      { addressed: ['phone', 'laptop', 'tablet'], fresh: [{ ...LAPTOP, active: false }] },
      NOW,
      { send_to: ['phone', 'tablet'] },
    ],
  ])('%s', (_, more, queued_at, verdict) => {
    expect(verdictOn({ queued_at }, unread(more), new Set())).toEqual(verdict);
  });

  it('a job that comes again leaves out those who got it, and does not wait for its own first part', () => {
    const situation = unread({ addressed: ['phone', 'tablet'], sent_at: NOW - 1_000, pushed_to: 6 });
    expect(verdictOn({ queued_at: NOW }, situation, new Set(['phone']))).toEqual({ send_to: ['tablet'] });
    expect(verdictOn({ queued_at: LONG_AGO }, situation, new Set(['phone', 'tablet']))).toEqual(no('collapsed'));
  });
});
