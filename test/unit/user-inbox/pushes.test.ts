/** One user's notifications: what is queued, what is sent, what is remembered of it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { PHONE, PushStage, result, seen, START, TABLET } from './push-stage.ts';

let stage: PushStage;
beforeEach(() => {
  stage = new PushStage();
});

describe('[P6] a delivery', () => {
  it('queues a job that carries numbers and no text', async () => {
    await stage.delivered(stage.row('c')!);
    expect(stage.queued).toEqual([{ job: { user_id: 'ann', conversation_id: 'c', message_id: 1, queued_at: START }, delaySeconds: 0 }]);
  });

  it('queues one job for a burst', async () => {
    for (let number = 1; number <= 20; number++) await stage.delivered(stage.put({ conversation_id: 'c' }, number));
    expect(stage.queued).toHaveLength(1);
  });

  it('queues one although the next message comes while the queue is still thinking', async () => {
    await Promise.all([stage.delivered(stage.row('c')!), stage.delivered(stage.put({ conversation_id: 'c' }, 2))]);
    expect(stage.queued).toHaveLength(1);
  });

  it('queues a second one when the first waits for a device that has gone', async () => {
    stage.socket('laptop');
    await stage.delivered(stage.row('c')!);
    stage.sockets = [];
    await stage.delivered(stage.put({ conversation_id: 'c' }, 2));
    expect(stage.queued.map(({ delaySeconds }) => delaySeconds)).toEqual([30, 0]);
  });

  it('is no worse for a queue that refuses: the alarm asks again, less and less often, also in a new process', async () => {
    stage.isQueueDown = true;
    await stage.delivered(stage.row('c')!);
    await stage.delivered(stage.put({ conversation_id: 'd' }));
    expect(stage.armed).toEqual([START + 10_000, START + 10_000]);
    const pauses: number[] = [];
    for (let ring = 0; ring < 6; ring++) {
      stage.now = stage.pushes.looks.nextAt()!;
      await stage.pushes.looks.ring();
      pauses.push(stage.pushes.looks.nextAt()! - stage.now);
    }
    expect(pauses).toEqual([40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
    stage.wake();
    stage.isQueueDown = false;
    stage.now += 300_000;
    await stage.pushes.looks.ring();
    expect(stage.queued.map(({ job }) => job.conversation_id).toSorted()).toEqual(['c', 'd']);
    expect(stage.pushes.looks.nextAt()).toBeNull();
  });

  it('of a deleted message queues nothing, and one for what stands before it', async () => {
    const deleted = JSON.stringify({ message_id: 2, sender_id: 'ben', type: 'text', content: '', timestamp: START, deleted: true });
    await stage.delivered(stage.put({ conversation_id: 'c', last_message: deleted, read_total: 1 }, 2));
    expect(stage.queued).toEqual([]);
    await stage.delivered(stage.put({ conversation_id: 'c', last_message: deleted, read_total: 0 }, 2));
    expect(stage.queued).toHaveLength(1);
  });

  it('of one whom the user blocks queues nothing', async () => {
    stage.blocked.add('ben');
    await stage.delivered(stage.row('c')!);
    expect(stage.queued).toEqual([]);
  });

  it('of a muted conversation is only noted, in the row that is written anyway, the last word once', async () => {
    const muted = { conversation_id: 'c', muted_until: START + 3_600_000 };
    await stage.delivered(stage.put(muted));
    stage.now += 20_000;
    await stage.delivered(stage.put(muted, 2));
    stage.wake();
    expect(stage.pushes.log()).toEqual([
      { at: START + 20_000, device_id: null, conversation_id: 'c', message_id: 2, outcome: 'not_sent', reason: 'muted' },
    ]);
    expect(stage.queued).toEqual([]);
  });

  it('that waits for the notification before it is noted as collapsed, in the row that is written anyway, and comes with the next', async () => {
    stage.pushes.record([result(PHONE, 'sent')]);
    for (const number of [2, 3]) {
      stage.now += 2_000;
      await stage.delivered(stage.put({ conversation_id: 'c' }, number));
    }
    stage.wake();
    expect(stage.pushes.log().map(({ message_id, reason }) => [message_id, reason])).toEqual([
      [3, 'collapsed'],
      [1, 'sent'],
    ]);
    expect(stage.queued.map(({ delaySeconds }) => delaySeconds)).toEqual([8]);
  });

  it('leaves the last notification among what is noted, for the next waits for it', async () => {
    stage.pushes.record([result(PHONE, 'sent')]);
    stage.now += 1_000;
    for (const muted_until of [null, START + 60_000, null, START + 60_000]) {
      await stage.delivered(stage.put({ conversation_id: 'c', muted_until }, 2));
    }
    expect(stage.reasons()).toEqual(['muted', 'collapsed', 'sent']);
  });

  it('that was only shown is noted too, and once more with its row', async () => {
    stage.socket('phone');
    const row = stage.row('c')!;
    expect(stage.written(() => void stage.delivered(row, false))).toBe(0);
    expect(stage.reasons()).toEqual(['device_active']);
    await stage.delivered(row);
    expect(stage.reasons()).toEqual(['device_active']);
  });

  it('that was only shown, and read before its row was written, is in the row all the same', async () => {
    stage.socket('phone');
    await stage.delivered(stage.row('c')!, false);
    await stage.delivered(stage.put({ conversation_id: 'c', read_total: 1, read_message_id: 1 }));
    stage.wake();
    expect(stage.reasons()).toEqual(['device_active']);
  });

  it('to one without any address costs the queue nothing', async () => {
    stage.addresses = [];
    await stage.delivered(stage.row('c')!);
    expect(stage.queued).toEqual([]);
    expect(stage.reasons()).toEqual(['no_address']);
  });
});

describe('[P6] a job', () => {
  it('is sent to the devices that are not there, with who wrote and the number on the icon', async () => {
    stage.addresses = [PHONE, TABLET];
    stage.socket('tablet', { active: false });
    stage.put({ conversation_id: 'other' }, 4);
    stage.put({ conversation_id: 'muted', muted_until: START + 1 }, 8);
    stage.put({ conversation_id: 'archived', archived: 1 }, 16);
    stage.put({ conversation_id: 'left', role: null }, 32);
    expect(await stage.pushes.plan([stage.job()])).toEqual([
      { job: stage.job(), sender_id: 'ben', group_title: null, message_id: 1, badge: 5, sends: [PHONE], retry_after: null },
    ]);
  });

  it('of a group names the group', async () => {
    stage.put({ conversation_id: 'c', kind: 'group', title: 'Friends' });
    const [plan] = await stage.pushes.plan([stage.job()]);
    expect(plan!.group_title).toBe('Friends');
  });

  it('is judged by what the conversation says now', async () => {
    stage.exact = async (conversationId) => {
      stage.put({ conversation_id: conversationId, read_total: 1, read_message_id: 1 });
      return seen();
    };
    const [plan] = await stage.pushes.plan([stage.job()]);
    expect(plan!.sends).toEqual([]);
    expect(stage.reasons()).toEqual(['read_meanwhile']);
  });

  it('is judged by our own row when the conversation does not answer', async () => {
    stage.exact = () => Promise.reject(new Error('overloaded'));
    const [plan] = await stage.pushes.plan([stage.job()]);
    expect(plan!.sends).toEqual([PHONE]);
  });

  it('of a message that was deleted meanwhile is about the one before it, if that is unread', async () => {
    const deleted = JSON.stringify({ message_id: 2, sender_id: 'ben', type: 'text', content: '', timestamp: START, deleted: true });
    stage.put({ conversation_id: 'c', last_message: deleted }, 2);
    const before = { message_id: 1, sender_id: 'cem', timestamp: START };
    stage.exact = async () => seen({ notifiable: before });
    expect(await stage.pushes.plan([stage.job()])).toMatchObject([{ message_id: 1, sender_id: 'cem', sends: [PHONE] }]);
    stage.exact = async () => seen({ notifiable: null });
    expect(await stage.pushes.plan([stage.job()])).toMatchObject([{ sends: [], retry_after: null }]);
    stage.exact = () => Promise.reject(new Error('overloaded'));
    expect(await stage.pushes.plan([stage.job()])).toMatchObject([{ sends: [], retry_after: 10 }]);
  });

  it('of one who was blocked meanwhile comes to nothing', async () => {
    stage.blocked.add('ben');
    expect(await stage.pushes.plan([stage.job()])).toMatchObject([{ sends: [], retry_after: null }]);
  });

  it('about one device gives way to one about all', async () => {
    stage.addresses = [PHONE, TABLET];
    const plans = await stage.pushes.plan([stage.job({ device_id: 'phone', queued_at: START - 1_000 }), stage.job()]);
    expect(plans.map(({ sends }) => sends.length)).toEqual([0, 2]);
  });

  it('that cannot be judged comes again by itself', async () => {
    stage.put({ conversation_id: 'broken', last_message: 'not json' });
    const plans = await stage.pushes.plan([stage.job({ conversation_id: 'broken' }), stage.job()]);
    expect(plans).toMatchObject([
      { sends: [], retry_after: 10 },
      { sends: [PHONE], retry_after: null },
    ]);
  });

  it('of a conversation we know nothing of comes to nothing', async () => {
    expect(await stage.pushes.plan([stage.job({ conversation_id: 'unknown' })])).toMatchObject([{ sends: [], retry_after: null }]);
    expect(stage.pushes.log()).toEqual([]);
  });

  it('comes again after the rest of the 30 s while a device is active, and no message queues another meanwhile', async () => {
    stage.socket('laptop');
    await stage.delivered(stage.row('c')!);
    stage.now += 10_000;
    expect(await stage.pushes.plan([stage.job({ queued_at: START })])).toMatchObject([{ sends: [], retry_after: 20 }]);
    await stage.delivered(stage.put({ conversation_id: 'c' }, 2));
    expect(stage.queued).toHaveLength(1);
    expect(stage.reasons()).toEqual(['device_active']);
    expect(stage.written(() => stage.pushes.log())).toBe(0);
  });

  it('speaks for others about the same conversation in its batch', async () => {
    const plans = await stage.pushes.plan([
      stage.job({ message_id: 2 }),
      stage.job({ queued_at: stage.now - 1_000 }),
      stage.job({ conversation_id: 'unknown' }),
    ]);
    expect(plans.map(({ sends }) => sends.length)).toEqual([0, 1, 0]);
  });
});

describe('[P6] what came of it', () => {
  it('is one row written, and the message is not sent again', async () => {
    expect(stage.written(() => stage.pushes.record([result(PHONE, 'sent'), result(TABLET, 'sent')]))).toBe(1);
    expect(stage.reasons()).toEqual(['sent', 'sent']);
    stage.wake();
    expect(await stage.pushes.plan([stage.job()])).toMatchObject([{ sends: [] }]);
    expect(stage.reasons()).toEqual(['collapsed', 'sent', 'sent']);
  });

  it('a later message within 10 s waits for their end, also after a new start', async () => {
    stage.pushes.record([result(PHONE, 'sent')]);
    stage.wake();
    stage.now += 4_000;
    await stage.delivered(stage.put({ conversation_id: 'c' }, 2));
    expect(stage.queued.map(({ delaySeconds }) => delaySeconds)).toEqual([6]);
    expect(await stage.pushes.plan([stage.job({ message_id: 2 })])).toMatchObject([{ sends: [], retry_after: 6 }]);
  });

  it('a dead address is forgotten at once, the one that was used and no other', () => {
    stage.pushes.record([result(PHONE, 'address_gone'), result(TABLET, 'sent')]);
    expect(stage.forgotten).toEqual([['phone', PHONE.address]]);
  });

  it('a job that comes again reaches those who failed, and only them', async () => {
    stage.addresses = [PHONE, TABLET];
    stage.pushes.record([result(PHONE, 'sent'), result(TABLET, 'provider_failed', { will_retry: true })]);
    stage.now += 1_000;
    expect(await stage.pushes.plan([stage.job()])).toMatchObject([{ sends: [TABLET] }]);
    stage.pushes.record([result(TABLET, 'sent')]);
    stage.now += 60_000;
    expect(await stage.pushes.plan([stage.job()])).toMatchObject([{ sends: [] }]);
  });

  it('a provider that failed for good is not asked again about the same message', async () => {
    stage.pushes.record([result(PHONE, 'provider_failed')]);
    await stage.delivered(stage.row('c')!);
    expect(stage.queued).toEqual([]);
  });

  it('three decisions a conversation are kept, newest first', () => {
    for (let number = 1; number <= 5; number++, stage.now += 1) stage.pushes.record([result(PHONE, 'sent', { message_id: number })]);
    stage.put({ conversation_id: 'd' });
    stage.pushes.record([result(PHONE, 'sent', { conversation_id: 'd' })]);
    expect(stage.pushes.log().map(({ conversation_id, message_id }) => `${conversation_id}${message_id}`)).toEqual([
      'd1',
      'c5',
      'c4',
      'c3',
    ]);
  });

  it('an object that was never written answers with an empty log', () => {
    stage = new PushStage(false);
    expect(stage.pushes.log()).toEqual([]);
  });
});
