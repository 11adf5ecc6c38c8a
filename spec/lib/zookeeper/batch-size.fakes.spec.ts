import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLIENT } from '../../../lib/core/limits.js';
import { BatchSize } from '../../../lib/zookeeper/batch-size.js';

const { firstZnodes, mostZnodes, replyBytes } = CLIENT.readMany;

describe('the number of znodes of a request', () => {
  it('begins small, doubles with each small reply, and has a limit', () => {
    const size = new BatchSize(firstZnodes);
    const sizes = Array.from({ length: 7 }, () => {
      const { znodes } = size;
      size.replied(znodes, 1_000);
      return znodes;
    });
    expect(sizes).toEqual([10, 20, 40, 80, 160, 200, 200]);
    expect([firstZnodes, mostZnodes, replyBytes]).toEqual([10, 200, 256 * 1024]);
  });

  it('shrinks at once to as many as would have had a reply of the right size', () => {
    const size = new BatchSize(firstZnodes);
    size.replied(10, 10 * replyBytes);
    expect(size.znodes).toBe(1);
    for (let times = 0; times < 10; times += 1) size.replied(size.znodes, 1_000);
    size.replied(200, 2 * replyBytes);
    expect(size.znodes).toBe(100);
  });

  it('grows no further than to as many as would have had a reply of the right size', () => {
    const size = new BatchSize(firstZnodes);
    size.replied(10, replyBytes / 1.5);
    expect(size.znodes).toBe(15);
  });

  it('does not grow by the reply to a smaller request', () => {
    const size = new BatchSize(firstZnodes);
    size.replied(10, 100);
    size.replied(3, 30);
    expect(size.znodes).toBe(20);
  });

  it('shrinks below a number that was too large', () => {
    const size = new BatchSize(firstZnodes);
    size.limit(5);
    expect(size.znodes).toBe(5);
    size.limit(0);
    expect(size.znodes).toBe(1);
  });

  it('is always a whole number between one and its limit, and its reply as large as aimed at by the last one', () => {
    const replies = fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.nat(2 ** 27)));
    fc.assert(
      fc.property(replies, (all) => {
        const size = new BatchSize(firstZnodes);
        for (const [znodes, bytes] of all) {
          const before = size.znodes;
          size.replied(znodes, bytes);
          expect(Number.isInteger(size.znodes) && size.znodes >= 1 && size.znodes <= mostZnodes).toBe(true);
          if (size.znodes > before || size.znodes === 1) continue;
          if (size.znodes < before) expect(size.znodes * bytes).toBeLessThanOrEqual(znodes * replyBytes);
        }
      }),
    );
  });
});
