/** The entries kept in memory to recognise repeats near the head. */
import { describe, expect, it } from 'vitest';
import type { Trace } from '../../../durable/conversation/log.ts';
import { RecentEntries } from '../../../durable/conversation/recent.ts';

const trace = (message_id: number): Trace => ({ message_id, type: 'text', timestamp: message_id, target: null, switched_on: null });

function filled(from: number, to: number): RecentEntries {
  const recent = new RecentEntries(from);
  for (let number = from + 1; number <= to; number++) recent.add('ann', `id-${number}`, trace(number));
  return recent;
}

describe('[P3] entries near the head', () => {
  it('are found by sender and id above a number, and not at or below it', () => {
    const recent = filled(10, 20);
    expect(recent.find('ann', 'id-15', 14)?.message_id).toBe(15);
    expect(recent.find('ann', 'id-15', 15)).toBeUndefined();
    expect(recent.find('bob', 'id-15', 0)).toBeUndefined();
  });

  it('cover what came since waking, and nothing before', () => {
    const recent = filled(10, 20);
    expect(recent.covers(10)).toBe(true);
    expect(recent.covers(9)).toBe(false);
  });

  it('stay bounded: the older half is forgotten, and no longer claimed', () => {
    const recent = filled(0, 20_000);
    expect(recent.coveredFrom).toBeGreaterThan(20_000 - 4_097);
    for (let number = recent.coveredFrom + 1; number <= 20_000; number++)
      expect(recent.find('ann', `id-${number}`, number - 1)?.message_id).toBe(number);
    expect(recent.find('ann', `id-${recent.coveredFrom}`, 0)).toBeUndefined();
  });

  it('an id that was used again after a long time counts as new: it outlives the older half', () => {
    const recent = filled(0, 4_095);
    recent.add('ann', 'id-1', trace(4_096));
    recent.add('ann', 'another', trace(4_097));
    recent.add('ann', 'and another', trace(4_098));
    expect(recent.covers(4_095)).toBe(true);
    expect(recent.find('ann', 'id-1', 4_095)?.message_id).toBe(4_096);
  });

  it('[A7] a range that was read back is known from then on, and no entry of any range is read twice', () => {
    const recent = filled(20_000, 20_010);
    const back = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => ({
        ...trace(from + 1 + index),
        sender_id: 'bob',
        global_id: `id-${from + 1 + index}`,
      }));
    recent.extend(15_000, back(15_000, recent.coveredFrom));
    recent.extend(10_010, back(10_010, recent.coveredFrom));
    expect(recent.coveredFrom).toBe(10_010);
    expect([10_011, 15_000, 15_001, 20_000].map((n) => recent.find('bob', `id-${n}`, n - 1)?.message_id)).toEqual([
      10_011, 15_000, 15_001, 20_000,
    ]);
    for (let number = 20_011; number <= 60_000; number++) {
      recent.add('ann', `id-${number}`, trace(number));
      expect(recent.covers(number - 10_000)).toBe(true);
    }
    expect(recent.coveredFrom).toBeGreaterThan(60_000 - 20_001);
  });

  it('[A7] what is read back takes no place of a newer entry with the same id', () => {
    const recent = filled(10, 20);
    recent.extend(5, [{ ...trace(6), sender_id: 'ann', global_id: 'id-15' }]);
    expect(recent.find('ann', 'id-15', 5)?.message_id).toBe(15);
  });
});
