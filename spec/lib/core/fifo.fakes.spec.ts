import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fifo } from '../../../lib/core/fifo.js';

describe('Fifo', () => {
  it('returns undefined while it is empty', () => {
    const fifo = new Fifo<number>();
    expect([fifo.length, fifo.peek(), fifo.shift()]).toEqual([0, undefined, undefined]);
  });

  it('behaves like an array under any sequence of push, shift, peek and extract', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.integer().map((value) => ['push', value] as const) },
      { weight: 4, arbitrary: fc.constant(['shift', 0] as const) },
      { weight: 1, arbitrary: fc.constant(['extract', 0] as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const fifo = new Fifo<number>();
        let model: number[] = [];
        for (const [operation, value] of steps) {
          if (operation === 'push') {
            fifo.push(value);
            model.push(value);
          } else if (operation === 'shift') {
            expect(fifo.shift()).toBe(model.shift());
          } else {
            expect(fifo.extract((item) => item % 2 === 0)).toEqual(model.filter((item) => item % 2 === 0));
            model = model.filter((item) => item % 2 !== 0);
          }
          expect([fifo.length, fifo.peek()]).toEqual([model.length, model[0]]);
        }
      }),
    );
  });

  it('keeps the order when it discards the shifted items', () => {
    const fifo = new Fifo<number>();
    for (let item = 0; item < 5_000; item += 1) fifo.push(item);
    const shifted = Array.from({ length: 4_999 }, () => fifo.shift());
    expect(shifted).toEqual(Array.from({ length: 4_999 }, (_, item) => item));
    fifo.push(5_000);
    expect([fifo.length, fifo.shift(), fifo.shift(), fifo.shift()]).toEqual([2, 4_999, 5_000, undefined]);
  });

  it('is emptied in a time proportional to its length', () => {
    const emptying = (length: number): number => {
      const fifo = new Fifo<number>();
      for (let item = 0; item < length; item += 1) fifo.push(item);
      const start = performance.now();
      while (fifo.length > 0) fifo.shift();
      return performance.now() - start;
    };
    emptying(100_000);
    // In quadratic time, 400,000 items would take minutes.
    expect(emptying(400_000)).toBeLessThan(2_000);
  });
});
