/** [P6] From a message to the notification: conversation, inbox, queue, consumer, provider, and the outcome home again. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { signUp, migrate } from '../accounts/support.ts';
import { addDevice, consume, inboxOf, makeStage, pair, say, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await makeStage();
});
afterEach(() => vi.restoreAllMocks());

describe('[P6] a message to one who is away', () => {
  it('reaches the browser, without a word of what it says', async () => {
    const them = await pair();
    const subscription = stage.web.subscribe();
    const device = await addDevice(them.ben, { kind: 'web', subscription });
    const message_id = await say(them, 'a secret');
    expect(stage.queued.map(({ delaySeconds }) => delaySeconds)).toEqual([0]);
    const jobs = stage.queued.map(({ job }) => job);
    expect(await consume(stage.env, jobs)).toEqual({ acked: 1, retried: 0, delays: [] });
    const got = stage.web.received(subscription);
    const conversation_id = them.room.id;
    expect(got.map(({ payload }) => payload)).toEqual([
      { conversation_id, message_id, title: 'New message', body: 'You have a new message', badge: 1 },
    ]);
    expect(await inboxOf(them.ben).pushLog()).toEqual([
      { at: expect.any(Number) as number, device_id: device, conversation_id, message_id, outcome: 'sent', reason: 'sent' },
    ]);
    expect([stage.web.refusals, stage.astray]).toEqual([[], []]);
  });
});
