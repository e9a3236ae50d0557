/** Figures and the progress line. */
import { describe, expect, test } from 'vitest';
import { createMeter, showMs, spreadOf } from '../../../scripts/replay/figures.ts';
import { bar, createProgress } from '../../../scripts/replay/progress.ts';

describe('latencies', () => {
  test('percentiles are values that were measured, by nearest rank', () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(spreadOf(values)).toEqual({ count: 200, p50: 100, p90: 180, p99: 198, max: 200 });
    expect(spreadOf([7])).toEqual({ count: 1, p50: 7, p90: 7, p99: 7, max: 7 });
    expect(spreadOf([])).toBeNull();
  });

  test('one message has one answer and a delivery for each other member; what was not sent here is not measured', () => {
    const meter = createMeter();
    meter.sent('a', 100);
    meter.acked('a', 103);
    meter.delivered('a', 105);
    meter.delivered('a', 109);
    meter.delivered('from before', 109);
    expect(meter.acks()).toEqual({ count: 1, p50: 3, p90: 3, p99: 3, max: 3 });
    expect(meter.deliveries()).toEqual({ count: 2, p50: 5, p90: 9, p99: 9, max: 9 });
  });

  test.each([
    [0.26, '0.3 ms'],
    [42.4, '42 ms'],
    [12_345, '12.3 s'],
  ])('%d ms is written %s', (ms, text) => {
    expect(showMs(ms)).toBe(text);
  });
});

describe('progress', () => {
  const screenAt = (isTTY: boolean) => {
    const written: string[] = [];
    const clock = { now: 0 };
    return { written, clock, progress: createProgress({ isTTY, write: (text) => written.push(text) }, () => clock.now) };
  };

  test('without a terminal it is a plain line now and then, and always at the end', () => {
    const { written, clock, progress } = screenAt(false);
    for (let done = 1; done <= 4; done++, clock.now += 3_000) progress.at('Playing', done, 4);
    expect(written).toEqual([`Playing ${bar(1, 4)} 1/4\n`, `Playing ${bar(3, 4)} 3/4\n`, `Playing ${bar(4, 4)} 4/4\n`]);
  });

  test('on a terminal it is written over, and what is said in between stands on its own line', () => {
    const { written, clock, progress } = screenAt(true);
    progress.at('Playing', 1, 2, 'all connected');
    progress.say('Line 3 was refused');
    clock.now += 3_000;
    progress.at('Playing', 2, 2);
    expect(written.join('')).toBe(`Playing ${bar(1, 2)} 1/2  all connected\r\u001b[KLine 3 was refused\nPlaying ${bar(2, 2)} 2/2\n`);
  });

  test('the bar is full at the end only', () => {
    expect(bar(999, 1_000)).toMatch(/^\[#+\.\]$/);
    expect(bar(0, 0)).toMatch(/^\[#+\]$/);
  });
});
