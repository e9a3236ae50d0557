/** What bounds a conversation's work, by itself: floods, refusals in the log, the size. */
import { describe, expect, it } from 'vitest';
import { Floods } from '../../../durable/kit/floods.ts';
import { refusalLog } from '../../../durable/kit/refusal-log.ts';
import { Size } from '../../../durable/conversation/bounds/size.ts';
import { FLOOD_WINDOW_MS, HELD_FRAMES_MAX, REFUSED_FRAMES_MAX } from '../../../protocol/limits.ts';

describe('[A7] a flood', () => {
  const count = (floods: Floods<object>, key: object, times: number, excess: 'refused' | 'held', now: number): boolean => {
    let flooding = false;
    for (let done = 0; done < times; done++) flooding = floods.count(key, excess, now);
    return flooding;
  };

  it.each([
    [REFUSED_FRAMES_MAX, 'refused'],
    [HELD_FRAMES_MAX, 'held'],
  ] as const)('is more than %i frames in ten seconds that were %s', (max, excess) => {
    const [floods, socket] = [new Floods<object>(1), {}];
    expect(count(floods, socket, max, excess, 0)).toBe(false);
    expect(count(floods, socket, 1, excess, FLOOD_WINDOW_MS - 1)).toBe(true);
  });

  it('what follows a frame that was told to wait does not count as refused', () => {
    const [floods, socket] = [new Floods<object>(1), {}];
    expect(count(floods, socket, REFUSED_FRAMES_MAX, 'refused', 0)).toBe(false);
    expect(count(floods, socket, HELD_FRAMES_MAX, 'held', 0)).toBe(false);
    expect(count(floods, socket, 1, 'refused', 0)).toBe(true);
  });

  it('begins anew with the next ten seconds, for each socket apart, and is a rate', () => {
    const [floods, one, other] = [new Floods<object>(1), {}, {}];
    count(floods, one, REFUSED_FRAMES_MAX, 'refused', 0);
    expect(count(floods, other, REFUSED_FRAMES_MAX, 'refused', 0)).toBe(false);
    expect(count(floods, one, REFUSED_FRAMES_MAX, 'refused', FLOOD_WINDOW_MS)).toBe(false);
    expect(count(new Floods<object>(100), one, 100 * REFUSED_FRAMES_MAX, 'refused', 0)).toBe(false);
  });
});

describe('[A7] refusals in the log', () => {
  it('are twenty at once and one a second, and the next line says how many were left out', () => {
    let now = 0;
    const lines: number[] = [];
    const log = refusalLog(
      (_refusal, unlogged) => void lines.push(unlogged),
      () => now,
    );
    for (let frame = 0; frame < 1_000; frame++) log({ code: 'rate_limited', detail: '' });
    expect(lines).toEqual(Array.from({ length: 20 }, () => 0));
    now = 1_000;
    log({ code: 'rate_limited', detail: '' });
    expect(lines.slice(20)).toEqual([980]);
  });
});

describe('[B2] the size of a conversation', () => {
  function sized(max: number) {
    const world = { bytes: 0, now: 0, looks: 0 };
    const bytes = () => {
      world.looks += 1;
      return world.bytes;
    };
    return { world, size: new Size({ bytes, max, now: () => world.now }) };
  }

  it('is looked at once for gigabytes that are left, and more often the less is left', () => {
    const { world, size } = sized(8_000_000_000);
    for (let message = 0; message < 10_000; message++) {
      expect(size.full()).toBe(false);
      size.wrote(1_100);
    }
    expect(world.looks).toBe(1);
  });

  it('is never passed by more than was written since the last look', () => {
    const { world, size } = sized(100_000);
    let written = 0;
    for (; !size.full(); written++) {
      world.bytes += 500;
      size.wrote(1_000);
    }
    expect(written).toBe(200);
    expect(world.looks).toBeLessThan(60);
  });

  it('once reached is looked at every ten seconds, and what was deleted makes room', () => {
    const { world, size } = sized(1_000);
    world.bytes = 1_000;
    for (let frame = 0; frame < 100; frame++) expect(size.full()).toBe(true);
    expect(world.looks).toBe(1);
    world.bytes = 500;
    world.now = 10_000;
    expect(size.full()).toBe(false);
  });
});
