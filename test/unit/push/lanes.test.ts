/** [A6] Sends of one batch: what hangs delays itself alone, and the batch ends. */
import { describe, expect, it } from 'vitest';
import { Lanes } from '../../../src/push/lanes.ts';
import type { Service } from '../../../src/push/services.ts';

const MOZILLA: Service = { name: 'push.services.mozilla.com', known: true };
const FCM: Service = { name: 'fcm', known: true };
const stranger = (number: number): Service => ({ name: `stranger-${number}.net`, known: false });

/** Work that ends when the test says so. */
class Sends {
  readonly begun: string[] = [];
  readonly #open: (() => void)[] = [];

  readonly work = (name: string) => () =>
    new Promise<string>((resolve) => {
      this.begun.push(name);
      this.#open.push(() => resolve(name));
    });

  async end(count: number): Promise<void> {
    for (const end of this.#open.splice(0, count)) end();
    await settled();
  }
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('[A6] lanes', () => {
  it('six are under way at once, four of one service', () => {
    const [lanes, sends] = [new Lanes(() => false), new Sends()];
    for (let i = 0; i < 8; i++) void lanes.run(MOZILLA, sends.work('mozilla'));
    expect(sends.begun).toHaveLength(4);
    for (let i = 0; i < 8; i++) void lanes.run(FCM, sends.work('fcm'));
    expect(sends.begun).toEqual([...Array<string>(4).fill('mozilla'), 'fcm', 'fcm']);
  });

  it('services of strangers have two of them, one each, and the rest goes on whatever they do', async () => {
    const [lanes, sends] = [new Lanes(() => false), new Sends()];
    const stuck = () => new Promise<string>(() => undefined);
    const hung: number[] = [];
    for (let i = 0; i < 20; i++) {
      void lanes.run(stranger(i % 10), () => {
        hung.push(i);
        return stuck();
      });
    }
    expect(hung).toEqual([0, 1]);
    const others = Array.from({ length: 40 }, (_, i) => lanes.run(MOZILLA, sends.work(`m${i}`)));
    for (let i = 0; i < 10; i++) await sends.end(4);
    expect(await Promise.all(others)).toHaveLength(40);
    expect(hung).toHaveLength(2);
  });

  it('services take turns', async () => {
    const [lanes, sends] = [new Lanes(() => false), new Sends()];
    for (const name of ['a', 'a', 'b', 'b']) void lanes.run({ name, known: false }, sends.work(name));
    expect(sends.begun).toEqual(['a', 'b']);
    await sends.end(1);
    await sends.end(1);
    expect(sends.begun).toEqual(['a', 'b', 'a', 'b']);
  });

  it('what has not begun in time is given back, what has begun ends', async () => {
    let isOver = false;
    const [lanes, sends] = [new Lanes(() => isOver), new Sends()];
    const all = Array.from({ length: 6 }, (_, i) => lanes.run(FCM, sends.work(`f${i}`)));
    isOver = true;
    await sends.end(4);
    expect(await Promise.all(all)).toEqual(['f0', 'f1', 'f2', 'f3', undefined, undefined]);
  });

  it('work that fails frees its lane', async () => {
    const [lanes, sends] = [new Lanes(() => false), new Sends()];
    const failing = [1, 2, 3, 4].map(() => lanes.run(FCM, () => Promise.reject(new Error('broken'))));
    await Promise.allSettled(failing);
    void lanes.run(FCM, sends.work('next'));
    expect(sends.begun).toEqual(['next']);
  });
});
