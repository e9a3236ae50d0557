/** How often a message may be edited. */
import { describe, expect, it } from 'vitest';
import { countEdit, editRate } from '../../../durable/conversation/edits/count.ts';
import { EDITS_PER_HOUR_MAX, EDITS_PER_MESSAGE_MAX, RELAXED_FACTOR } from '../../../protocol/limits.ts';

const HOUR = 3_600_000;

/** So many edits, one each `everyMs`. @returns the count, or the first refusal and how many went before it */
function edits(many: number, everyMs: number, factor = 1, from: { json: string | null; now: number } = { json: null, now: 0 }) {
  let { json, now } = from;
  for (let done = 0; done < many; done++) {
    const counted = countEdit(json, editRate(factor), now);
    if (!counted.ok) return { done, json, now, refusal: counted.refusal };
    json = counted.value;
    now += everyMs;
  }
  return { done: many, json, now, refusal: null };
}

describe('[A3] edits of one message', () => {
  it(`${EDITS_PER_HOUR_MAX} go at once, the next waits until one of them is a hundredth of an hour old`, () => {
    const { done, json, refusal } = edits(EDITS_PER_HOUR_MAX + 1, 0);
    expect({ done, refusal }).toMatchObject({ done: EDITS_PER_HOUR_MAX, refusal: { code: 'rate_limited', retry_after: 36 } });
    expect(countEdit(json, editRate(1), 35_999)).toMatchObject({ ok: false, refusal: { code: 'rate_limited', retry_after: 1 } });
    expect(countEdit(json, editRate(1), 36_000)).toMatchObject({ ok: true });
  });

  it('one every 36 seconds goes on until the message has had all of them', () => {
    const { done, refusal } = edits(EDITS_PER_MESSAGE_MAX + 1, 36_000);
    expect({ done, refusal }).toMatchObject({ done: EDITS_PER_MESSAGE_MAX, refusal: { code: 'conflict' } });
    expect(refusal).not.toHaveProperty('retry_after');
  });

  it('are not to be had back by waiting, nor by relaxed limits', () => {
    const all = edits(EDITS_PER_MESSAGE_MAX, 0, RELAXED_FACTOR);
    expect(all.done).toBe(EDITS_PER_MESSAGE_MAX);
    expect(countEdit(all.json, editRate(RELAXED_FACTOR), 1_000 * HOUR)).toMatchObject({ ok: false, refusal: { code: 'conflict' } });
  });

  it('a clock that goes back gives nothing', () => {
    const used = edits(EDITS_PER_HOUR_MAX, 0, 1, { json: null, now: HOUR });
    expect(countEdit(used.json, editRate(1), 0)).toMatchObject({ ok: false });
  });
});
