/** What a message may cost, counted in whole worlds of real objects. */
import { describe, expect, test } from 'vitest';
import { measure, placesOf } from '../../../bench/cases.ts';

test('half of those online look at the conversation, the sender first; the rest are away', () => {
  expect(placesOf({ size: 2, online: 'all' })).toEqual(['here', 'inbox']);
  expect(placesOf({ size: 2, online: 'half' })).toEqual(['here', 'away']);
  expect(placesOf({ size: 8, online: 'half' })).toEqual(['here', 'inbox', 'here', 'inbox', 'away', 'away', 'away', 'away']);
  expect(placesOf({ size: 2, online: 'none' })).toEqual(['away', 'away']);
});

describe('[budget] a lone message', () => {
  test('between two who are there: its row, two for the drain, one in each inbox; unread for long, it is looked at once more', async () => {
    const cost = await measure({ size: 2, online: 'all', pace: 'lone' });
    expect(cost).toMatchObject({ archiveRows: 1, deliver: 2, delivered: 1, notifications: 0 });
    expect(cost.conversationRows).toBeLessThanOrEqual(3);
    // One of them leaves it unread: an alarm for the look, and nothing for the queue.
    expect(cost.alarms).toBeLessThanOrEqual(2);
    expect(cost.queue).toBe(0);
    expect(cost.exact).toBe(0);
    expect(cost.inboxRows).toBeLessThanOrEqual(3);
  });

  test('in a group that is away: told seldom, three queue operations for a notification', async () => {
    const cost = await measure({ size: 20, online: 'none', pace: 'lone' });
    expect(cost.conversationRows).toBeLessThanOrEqual(4);
    expect(cost.deliver).toBeLessThanOrEqual(4);
    expect(cost.queue).toBeCloseTo(3 * cost.notifications);
    // Everybody but the sender, whenever their inbox was told.
    expect(cost.notifications).toBeCloseTo((cost.deliver * 19) / 20);
    expect(cost.inboxRows).toBeLessThanOrEqual(cost.deliver + 2 * cost.notifications);
  });
});

describe('[budget] a message in a conversation', () => {
  test('costs less than a lone one', async () => {
    const [lone, talk] = [
      await measure({ size: 20, online: 'half', pace: 'lone' }),
      await measure({ size: 20, online: 'half', pace: 'talk' }),
    ];
    expect(talk.conversationRows).toBeLessThan(lone.conversationRows);
    expect(talk.inboxRows).toBeLessThan(lone.inboxRows / 2);
    expect(talk.queue).toBeLessThan(lone.queue);
  });

  test('nobody is told more than once of a message, and most only of several together', async () => {
    const cost = await measure({ size: 20, online: 'all', pace: 'talk' });
    expect(cost.deliver).toBeLessThan(20);
    expect(cost.delivered).toBeLessThanOrEqual(11);
  });
});
