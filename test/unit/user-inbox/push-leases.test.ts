/** A device that goes without a word, and what it was told and may not have. */
import { beforeEach, describe, expect, it } from 'vitest';
import { PushStage, seen, START } from './push-stage.ts';

let stage: PushStage;
beforeEach(() => {
  stage = new PushStage();
});

describe('[P6] a socket that is lost with deliveries it did not acknowledge', () => {
  it('leads to a job when its lease ends, and is closed', async () => {
    stage.socket('laptop', { owed: { c: { message_id: 1 } } });
    expect(stage.pushes.nextAt()).toBe(START + 30_001);
    stage.now = stage.pushes.nextAt()!;
    await stage.pushes.ring();
    expect(stage.queued).toEqual([{ job: stage.job(), delaySeconds: 0 }]);
    expect(stage.closed).toEqual([['laptop', 4408]]);
  });

  it('is looked at again when it was heard meanwhile', async () => {
    const laptop = stage.socket('laptop', { owed: { c: { message_id: 1 } } });
    stage.now += 30_001;
    laptop.heardAt = stage.now - 2_000;
    await stage.pushes.ring();
    expect(stage.queued).toEqual([]);
    expect(stage.pushes.nextAt()).toBe(stage.now - 2_000 + 30_001);
  });

  it('leads to none when another device has read it', async () => {
    stage.socket('laptop', { owed: { c: { message_id: 1 } } });
    stage.put({ conversation_id: 'c', read_total: 1 });
    stage.now += 30_001;
    await stage.pushes.ring();
    expect(stage.queued).toEqual([]);
    expect(stage.closed).toEqual([['laptop', 4408]]);
  });

  it('stays, and is tried again, while the queue refuses', async () => {
    stage.socket('laptop', { owed: { c: { message_id: 1 } } });
    stage.now += 30_001;
    stage.isQueueDown = true;
    await stage.pushes.ring();
    expect(stage.closed).toEqual([]);
    expect(stage.pushes.nextAt()).toBe(stage.now + 10_000);
    stage.isQueueDown = false;
    await stage.pushes.ring();
    expect(stage.queued).toHaveLength(1);
  });

  it('needs no alarm when it owes nothing', () => {
    stage.socket('laptop');
    expect(stage.pushes.nextAt()).toBeNull();
  });

  it("leads to a job for the lease's end when it goes before, and to a second of none", async () => {
    const laptop = stage.socket('laptop', { owed: { c: { message_id: 1 } }, heardAt: stage.now - 25_000 });
    await stage.pushes.delivered(stage.row('c')!, seen());
    stage.sockets = [];
    await stage.pushes.closed(laptop);
    await stage.pushes.closed(laptop);
    expect(stage.queued.map(({ delaySeconds }) => delaySeconds)).toEqual([30, 6]);
  });

  it('leads to one also when it had what it was sent a moment ago, and nobody has read it', async () => {
    const phone = stage.socket('phone');
    await stage.pushes.delivered(stage.row('c')!, seen());
    stage.put({ conversation_id: 'read', read_total: 1 });
    stage.put({ conversation_id: 'old', updated_at: START - 31_000 });
    expect(stage.queued).toEqual([]);
    stage.sockets = [];
    await stage.pushes.closed(phone);
    expect(stage.queued).toEqual([{ job: stage.job(), delaySeconds: 31 }]);
  });
});
