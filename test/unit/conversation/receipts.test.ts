/** How far members have got. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Receipts } from '../../../durable/conversation/receipts.ts';

const fresh = (): Receipts => new Receipts('{}');

describe('receipts', () => {
  it('only rise, never pass the end of the log, and reading implies delivery', () => {
    const receipts = fresh();
    expect(receipts.move('u', { delivered: 5 }, 10)).toBe(true);
    expect(receipts.of('u')).toEqual({ delivered: 5, read: 0 });
    expect(receipts.move('u', { read: 7 }, 10)).toBe(true);
    expect(receipts.of('u')).toEqual({ delivered: 7, read: 7 });
    expect(receipts.move('u', { read: 3, delivered: 2 }, 10)).toBe(false);
    expect(receipts.move('u', { read: 99 }, 10)).toBe(true);
    expect(receipts.of('u')).toEqual({ delivered: 10, read: 10 });
  });

  it('come to the same, whatever the order and however often', () => {
    const moves = fc.array(fc.record({ read: fc.nat({ max: 20 }), delivered: fc.nat({ max: 20 }) }), { maxLength: 12 });
    fc.assert(
      fc.property(moves, fc.integer(), (all, salt) => {
        const [straight, scrambled] = [fresh(), fresh()];
        for (const move of all) straight.move('u', move, 15);
        const order = all.toSorted(
          (one, other) => ((one.read * 31 + one.delivered + salt) % 7) - ((other.read * 31 + other.delivered + salt) % 7),
        );
        for (const move of [...order, ...all]) scrambled.move('u', move, 15);
        expect(scrambled.of('u')).toEqual(straight.of('u'));
      }),
    );
  });

  it('tell those that moved once, each with its newest position', () => {
    const receipts = fresh();
    receipts.move('u', { read: 1 }, 9);
    receipts.move('v', { delivered: 2 }, 9);
    receipts.move('u', { read: 3 }, 9);
    receipts.move('v', { delivered: 1 }, 9);
    expect(receipts.takeMoved()).toEqual([
      { user_id: 'u', delivered: 3, read: 3 },
      { user_id: 'v', delivered: 2, read: 0 },
    ]);
    expect(receipts.takeMoved()).toEqual([]);
  });

  it('of one who left are neither kept nor told', () => {
    const receipts = fresh();
    receipts.move('u', { read: 1 }, 9);
    receipts.move('v', { read: 2 }, 9);
    expect(JSON.parse(receipts.toJson(new Set(['u'])))).toEqual({ v: [2, 2] });
    expect(receipts.of('u').read).toBe(1);
    receipts.forget('u');
    expect(receipts.takeMoved()).toEqual([{ user_id: 'v', delivered: 2, read: 2 }]);
    expect(receipts.all()).toEqual([{ user_id: 'v', delivered: 2, read: 2 }]);
  });

  it('are written and read back as they were, and nothing of it counts as moved', () => {
    const receipts = fresh();
    receipts.move('u', { read: 4, delivered: 6 }, 9);
    const again = new Receipts(receipts.toJson());
    expect(again.all()).toEqual([{ user_id: 'u', delivered: 6, read: 4 }]);
    expect(again.takeMoved()).toEqual([]);
  });
});
