/** A device that goes without a word, and what it was told and may not have. */
import { beforeEach, describe, expect, it } from 'vitest';
import { PHONE, PushStage, result, START, TABLET } from './push-stage.ts';

let stage: PushStage;
beforeEach(() => {
  stage = new PushStage();
});

describe('[P6] a socket that is lost with deliveries it did not acknowledge', () => {
  it('leads to a job when its lease ends, and is closed', async () => {
    stage.socket('laptop', { owed: { c: { message_id: 1 } } });
    expect(stage.pushes.looks.nextAt()).toBe(START + 30_001);
    stage.now = stage.pushes.looks.nextAt()!;
    await stage.pushes.looks.ring();
    expect(stage.queued).toEqual([{ job: stage.job(), delaySeconds: 0 }]);
    expect(stage.closed).toEqual([['laptop', 4408]]);
  });

  it('is looked at again when it was heard meanwhile', async () => {
    stage.put({ conversation_id: 'c', updated_at: START - 3_600_000 });
    const laptop = stage.socket('laptop', { owed: { c: { message_id: 1 } } });
    stage.now += 30_001;
    laptop.heardAt = stage.now - 2_000;
    await stage.pushes.looks.ring();
    expect(stage.queued).toEqual([]);
    expect(stage.pushes.looks.nextAt()).toBe(stage.now - 2_000 + 30_001);
  });

  it('leads to none when another device has read it', async () => {
    stage.socket('laptop', { owed: { c: { message_id: 1 } } });
    stage.put({ conversation_id: 'c', read_total: 1 });
    stage.now += 30_001;
    await stage.pushes.looks.ring();
    expect(stage.queued).toEqual([]);
    expect(stage.closed).toEqual([['laptop', 4408]]);
  });

  it('stays, and is tried again, while the queue refuses', async () => {
    stage.put({ conversation_id: 'c', updated_at: START - 3_600_000 });
    stage.socket('laptop', { owed: { c: { message_id: 1 } } });
    stage.now += 30_001;
    stage.isQueueDown = true;
    await stage.pushes.looks.ring();
    expect(stage.closed).toEqual([]);
    expect(stage.pushes.looks.nextAt()).toBe(stage.now + 10_000);
    stage.isQueueDown = false;
    await stage.pushes.looks.ring();
    expect(stage.queued).toHaveLength(1);
  });

  it('[A13] leads to one for that device, although another was notified of the message meanwhile', async () => {
    stage.addresses = [PHONE, TABLET];
    stage.socket('phone', { active: false, owed: { c: { message_id: 1 } } });
    await stage.delivered(stage.row('c')!);
    const [first] = await stage.pushes.plan(stage.queued.splice(0).map(({ job }) => job));
    expect(first!.sends).toEqual([TABLET]);
    stage.pushes.record([result(TABLET, 'sent')]);
    stage.now = stage.pushes.looks.nextAt()!;
    await stage.pushes.looks.ring();
    stage.sockets = [];
    const jobs = stage.queued.splice(0).map(({ job }) => job);
    expect(jobs).toEqual([stage.job({ device_id: 'phone' })]);
    const [second] = await stage.pushes.plan(jobs);
    expect(second!.sends).toEqual([PHONE]);
    stage.pushes.record([result(PHONE, 'sent')]);
    stage.now += 60_000;
    expect(await stage.pushes.plan(jobs)).toMatchObject([{ sends: [] }]);
    await stage.pushes.looks.closed({
      attachment: { device_id: 'phone', active: true, owed: { c: { message_id: 1 } } },
      heardAt: stage.now,
    } as never);
    expect(stage.queued).toEqual([]);
  });

  it('needs no alarm when it owes nothing', () => {
    stage.socket('laptop');
    expect(stage.pushes.looks.nextAt()).toBeNull();
  });

  it("leads to a job for the lease's end when it goes before, and to a second of none", async () => {
    const laptop = stage.socket('laptop', { owed: { c: { message_id: 1 } }, heardAt: stage.now - 25_000 });
    await stage.delivered(stage.row('c')!);
    stage.sockets = [];
    await stage.pushes.looks.closed(laptop);
    await stage.pushes.looks.closed(laptop);
    expect(stage.queued.map(({ delaySeconds }) => delaySeconds)).toEqual([30, 6]);
  });
});

describe('[P6] what came while every device with an address was connected, and nobody has read', () => {
  it('costs the queue nothing while they stay', async () => {
    const phone = stage.socket('phone');
    await stage.delivered(stage.row('c')!);
    expect(stage.armed).toEqual([START + 35_000]);
    stage.now += 35_000;
    phone.heardAt = stage.now - 4_000;
    await stage.pushes.looks.ring();
    expect([stage.queued, stage.pushes.looks.nextAt()]).toEqual([[], null]);
    expect(stage.reasons()).toEqual(['device_active']);
  });

  it('leads to a job when one of them fell silent upon it, although it had acknowledged', async () => {
    stage.socket('phone').heardAt = START + 4_000;
    await stage.delivered(stage.row('c')!);
    stage.now = stage.pushes.looks.nextAt()!;
    await stage.pushes.looks.ring();
    expect(stage.queued).toEqual([{ job: stage.job(), delaySeconds: 0 }]);
  });

  it('leads to one after a crash that took the sockets, when the stored alarm rings', async () => {
    stage.socket('phone');
    await stage.delivered(stage.row('c')!);
    stage.wake();
    stage.sockets = [];
    stage.now += 35_000;
    await stage.pushes.looks.ring();
    expect(stage.queued).toHaveLength(1);
  });

  it('is looked at again when the queue refuses, and when the alarm rings for something else before', async () => {
    stage.socket('phone');
    await stage.delivered(stage.row('c')!);
    stage.wake();
    stage.now += 10_000;
    await stage.pushes.looks.ring();
    expect(stage.pushes.looks.nextAt()).toBe(START + 35_000);
    stage.sockets = [];
    stage.now += 25_000;
    stage.isQueueDown = true;
    await stage.pushes.looks.ring();
    expect(stage.pushes.looks.nextAt()).toBe(START + 45_000);
    stage.isQueueDown = false;
    stage.now += 10_000;
    await stage.pushes.looks.ring();
    expect(stage.queued).toHaveLength(1);
  });

  it('is left out when it is read', async () => {
    stage.socket('phone');
    await stage.delivered(stage.row('c')!);
    stage.put({ conversation_id: 'c', read_total: 1 });
    stage.sockets = [];
    stage.now += 35_000;
    await stage.pushes.looks.ring();
    expect(stage.queued).toEqual([]);
  });

  it('is sent at once to the one that is not there, with another active all the time', async () => {
    const phone = stage.socket('phone');
    const laptop = stage.socket('laptop');
    await stage.delivered(stage.row('c')!);
    stage.now += 35_000;
    laptop.heardAt = stage.now;
    expect(phone.heardAt).toBe(START);
    await stage.pushes.looks.ring();
    const plans = await stage.pushes.plan(stage.queued.map(({ job }) => job));
    expect(plans.map(({ sends }) => sends)).toEqual([[PHONE]]);
  });
});
