/** The words of a notification. */
import { describe, expect, it } from 'vitest';
import type { PushPlan } from '../../../durable/user-inbox/push-api.ts';
import { payloadOf } from '../../../src/push/payload.ts';

const plan = (more: Partial<PushPlan> = {}): PushPlan => ({
  job: { user_id: 'ben', conversation_id: 'c', message_id: 3, queued_at: 0 },
  sender_id: 'ann',
  group_title: null,
  message_id: 4,
  badge: 2,
  sends: [],
  retry_after: null,
  ...more,
});

describe('a notification says who wrote, and never what', () => {
  it.each([
    ['Ann', null, 'Ann'],
    ['Ann', 'Friends', 'Ann in Friends'],
    [undefined, null, 'New message'],
    [undefined, 'Friends', 'New message in Friends'],
  ])('%s, %s', (name, group_title, title) => {
    expect(payloadOf(plan({ group_title }), name)).toEqual({
      conversation_id: 'c',
      message_id: 4,
      title,
      body: 'You have a new message',
      badge: 2,
    });
  });
});
