/** How far members have got, and who may see it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Receipts } from '../../../durable/conversation/receipts.ts';

const fresh = (): Receipts => new Receipts('{}', '[]');
const by = (one: { user_id: string }, other: { user_id: string }): number => (one.user_id < other.user_id ? -1 : 1);

describe('receipts', () => {
  it('only rise, never pass the end of the log, and who has read has got it', () => {
    const receipts = fresh();
    expect(receipts.move('u', { delivered: 5 }, 10)).toBe('shown');
    expect(receipts.seenBy('v')).toEqual([{ user_id: 'u', delivered: 5, read: 0 }]);
    expect(receipts.move('u', { read: 7 }, 10)).toBe('shown');
    expect(receipts.seenBy('v')).toEqual([{ user_id: 'u', delivered: 7, read: 7 }]);
    expect(receipts.move('u', { read: 3, delivered: 2 }, 10)).toBe('none');
    expect(receipts.move('u', { read: 99 }, 10)).toBe('shown');
    expect(receipts.seenBy('v')).toEqual([{ user_id: 'u', delivered: 10, read: 10 }]);
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
        expect(scrambled.seenBy('v')).toEqual(straight.seenBy('v'));
      }),
    );
  });

  it('tell those that moved once, each with its newest position', () => {
    const receipts = fresh();
    receipts.move('u', { read: 1 }, 9);
    receipts.move('v', { delivered: 2 }, 9);
    receipts.move('u', { read: 3 }, 9);
    receipts.move('v', { delivered: 1 }, 9);
    expect(receipts.takeNews()(null)).toEqual([
      { user_id: 'u', delivered: 3, read: 3 },
      { user_id: 'v', delivered: 2, read: 0 },
    ]);
    expect(receipts.takeNews()(null)).toEqual([]);
  });

  it('of one who left are neither kept nor told', () => {
    const receipts = fresh();
    receipts.move('u', { read: 1 }, 9);
    receipts.setOff('u', true);
    receipts.move('v', { read: 2 }, 9);
    expect(JSON.parse(receipts.toJson(new Set(['u'])))).toEqual({ v: [0, 2] });
    expect(receipts.offToJson(new Set(['u']))).toBe('[]');
    expect(receipts.of('u').read).toBe(1);
    receipts.forget('u');
    expect(receipts.isOff('u')).toBe(false);
    expect(receipts.takeNews()(null)).toEqual([{ user_id: 'v', delivered: 2, read: 2 }]);
    expect(receipts.seenBy('w')).toEqual([{ user_id: 'v', delivered: 2, read: 2 }]);
  });

  it('are written and read back as they were, and nothing of it counts as moved', () => {
    const receipts = fresh();
    receipts.move('u', { read: 4, delivered: 6 }, 9);
    receipts.setOff('u', true);
    const again = new Receipts(receipts.toJson(), receipts.offToJson());
    expect(again.seenBy('v')).toEqual([{ user_id: 'u', delivered: 6, read: 0 }]);
    expect(again.seenBy('u')).toEqual([{ user_id: 'u', delivered: 6, read: 4 }]);
    expect(again.takeNews()(null)).toEqual([]);
  });
});

describe('[P8] who has read receipts off', () => {
  it('shows nobody what they read, and sees nobody’s; their own position stays their own', () => {
    const receipts = fresh();
    receipts.setOff('hidden', true);
    receipts.move('hidden', { delivered: 3, read: 6 }, 9);
    receipts.move('open', { read: 5 }, 9);
    expect(receipts.seenBy('open').toSorted(by)).toEqual([
      { user_id: 'hidden', delivered: 3, read: 0 },
      { user_id: 'open', delivered: 5, read: 5 },
    ]);
    expect(receipts.seenBy('hidden').toSorted(by)).toEqual([
      { user_id: 'hidden', delivered: 6, read: 6 },
      { user_id: 'open', delivered: 5, read: 0 },
    ]);
  });

  it('gives themselves away by no frame either: what they read is news to nobody else, what reached them is', () => {
    const receipts = fresh();
    receipts.setOff('hidden', true);
    expect(receipts.move('hidden', { read: 6 }, 9)).toBe('hidden');
    expect(receipts.takeNews()(null)).toEqual([]);
    expect(receipts.own('hidden')).toEqual({ user_id: 'hidden', delivered: 6, read: 6 });
    expect(receipts.move('hidden', { delivered: 7 }, 9)).toBe('shown');
    expect(receipts.takeNews()(null)).toEqual([{ user_id: 'hidden', delivered: 7, read: 0 }]);
  });

  it('is told of nobody’s reading, and of their delivery', () => {
    const receipts = fresh();
    receipts.setOff('hidden', true);
    receipts.move('open', { delivered: 4 }, 9);
    expect(receipts.takeNews()('hidden')).toEqual([{ user_id: 'open', delivered: 4, read: 0 }]);
    receipts.move('open', { read: 4 }, 9);
    expect(receipts.takeNews()('hidden')).toEqual([]);
  });

  it('keeps shown what was shown, and shows all again when they turn them on', () => {
    const receipts = fresh();
    receipts.move('u', { read: 4 }, 9);
    receipts.takeNews();
    expect(receipts.setOff('u', true)).toBe(true);
    expect(receipts.setOff('u', true)).toBe(false);
    expect(receipts.seenBy('v')).toEqual([{ user_id: 'u', delivered: 4, read: 0 }]);
    receipts.move('u', { read: 8 }, 9);
    receipts.takeNews();
    expect(receipts.setOff('u', false)).toBe(true);
    expect(receipts.takeNews()(null)).toEqual([{ user_id: 'u', delivered: 8, read: 8 }]);
  });
});
