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
});
