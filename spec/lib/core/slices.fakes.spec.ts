import { afterEach, describe, expect, it, vi } from 'vitest';
import { SLICE } from '../../../lib/core/limits.js';
import { isSliceOver, nextSlice } from '../../../lib/core/slices.js';

/** One turn of the event loop, whoever waits for one. */
const turn = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

/** Keeps the processor busy. */
function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** Counts the turns of the event loop while the works last. */
async function turnsOf(...works: Promise<void>[]): Promise<number> {
  let turns = 0;
  let isOver = false;
  const all = Promise.all(works).then(() => {
    isOver = true;
  });
  while (!isOver) {
    await turn();
    turns += 1;
  }
  await all;
  return turns;
}

/** Does so many slices of work. */
async function slicesOf(count: number, done: () => void = () => {}): Promise<void> {
  for (let each = 0; each < count; each += 1) {
    work(SLICE.most + 1);
    expect(isSliceOver()).toBe(true);
    await nextSlice();
    done();
  }
}

describe('long work in slices', () => {
  afterEach(() => void vi.useRealTimers());

  it('goes on at once while a slice lasts', async () => {
    await turn();
    expect(isSliceOver()).toBe(false);
    work(SLICE.most);
    expect(isSliceOver()).toBe(true);
  });

  it('goes on at once in each turn that others have not used up, however long it waited', async () => {
    for (let times = 0; times < 3; times += 1) {
      await turn();
      expect(isSliceOver()).toBe(false);
      work(SLICE.most + 1);
    }
  });

  it('takes a turn for each slice', async () => {
    expect(await turnsOf(slicesOf(5))).toBeGreaterThanOrEqual(5);
  });

  it('shares the turns with other long work: all of it together takes no more of one than a slice', async () => {
    const works = Array.from({ length: 4 }, () => slicesOf(5));
    expect(await turnsOf(...works)).toBeGreaterThanOrEqual(4 * 4);
  });

  it('goes on in the order in which it waited', async () => {
    const order: number[] = [];
    await Promise.all([0, 1, 2].map((nth) => slicesOf(3, () => order.push(nth))));
    expect(order).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2]);
  });

  it('needs no turn of its own when others leave some of it', async () => {
    const waits = Array.from({ length: 100 }, nextSlice);
    expect(await turnsOf(Promise.all(waits).then(() => {}))).toBeLessThan(20);
  });

  it('goes on under fake timers that nobody advances', async () => {
    vi.useFakeTimers({ toFake: ['setImmediate', 'setTimeout', 'performance'] });
    await nextSlice();
  });
});
