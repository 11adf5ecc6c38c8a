import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fifo } from '../../../lib/core/fifo.js';

describe('Fifo', () => {
  it('gives nothing while it is empty', () => {
    const fifo = new Fifo<number>();
    expect([fifo.length, fifo.peek(), fifo.shift()]).toEqual([0, undefined, undefined]);
  });

  it('behaves as an array does, whatever is pushed, shifted, peeked at and extracted', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.integer().map((value) => ['push', value] as const) },
      { weight: 4, arbitrary: fc.constant(['shift', 0] as const) },
      { weight: 1, arbitrary: fc.constant(['extract', 0] as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const fifo = new Fifo<number>();
        let model: number[] = [];
        for (const [what, value] of steps) {
          if (what === 'push') {
            fifo.push(value);
            model.push(value);
          } else if (what === 'shift') {
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

  it('keeps the order when it drops what has been shifted', () => {
    const fifo = new Fifo<number>();
    for (let item = 0; item < 5_000; item += 1) fifo.push(item);
    const shifted = Array.from({ length: 4_999 }, () => fifo.shift());
    expect(shifted).toEqual(Array.from({ length: 4_999 }, (_, item) => item));
    fifo.push(5_000);
    expect([fifo.length, fifo.shift(), fifo.shift(), fifo.shift()]).toEqual([2, 4_999, 5_000, undefined]);
  });

  it('takes a time in proportion to its length to be emptied', () => {
    const emptying = (length: number): number => {
      const fifo = new Fifo<number>();
      for (let item = 0; item < length; item += 1) fifo.push(item);
      const start = performance.now();
      while (fifo.length > 0) fifo.shift();
      return performance.now() - start;
    };
    emptying(100_000);
    // Quadratic, 400,000 would take minutes.
    expect(emptying(400_000)).toBeLessThan(2_000);
  });
});
