import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedRecordError } from '../../../../lib/protocol/jute.js';
import { ContradictoryZxidError, ReplyZxids } from '../../../../lib/zookeeper/connection/plausible-zxids.js';

const zxid = (election: number, counter: number): bigint => (BigInt(election) << 32n) + BigInt(counter);

describe('the zxids of the replies of a connection', () => {
  it('may grow, and may be 0 or -1 where a reply does not come from the tree', () => {
    const growing = fc.array(fc.integer({ min: 0, max: 1_000 }));
    fc.assert(
      fc.property(fc.nat(), growing, (first, steps) => {
        const zxids = new ReplyZxids(BigInt(first));
        let last = BigInt(first);
        for (const step of steps) {
          last += BigInt(step);
          for (const each of [last, 0n, -1n]) zxids.check(each);
        }
      }),
    );
  });

  it('never fall: of two that disagree neither is sure, but that of the handshake is', () => {
    const zxids = new ReplyZxids(zxid(3, 10));
    zxids.check(zxid(3, 1_000));
    expect(() => zxids.check(zxid(3, 20))).toThrow(ContradictoryZxidError);
    expect(() => zxids.check(zxid(3, 20))).toThrow(expect.objectContaining({ sureZxid: zxid(3, 10) }));
    expect(() => zxids.check(zxid(2, 20))).toThrow(expect.objectContaining({ sureZxid: zxid(3, 10) }));
  });

  it.each([-2n, -(2n ** 63n)])('are never %i', (each) => {
    expect(() => new ReplyZxids(0n).check(each)).toThrow(MalformedRecordError);
  });

  it('may be those of many elections later at the first reply, but not of absurdly many', () => {
    new ReplyZxids(zxid(3, 10)).check(zxid(3 + 2 ** 24, 0));
    new ReplyZxids(0n).check(zxid(2 ** 24, 0));
    for (const each of [zxid(4 + 2 ** 24, 0), 2n ** 63n - 1n]) {
      expect(() => new ReplyZxids(zxid(3, 10)).check(each)).toThrow(MalformedRecordError);
    }
  });

  it('belong to one election from the first reply on, or to the next number when the counter overflows', () => {
    const zxids = new ReplyZxids(zxid(3, 10));
    zxids.check(zxid(7, 2 ** 32 - 1));
    zxids.check(zxid(8, 0));
    for (const each of [zxid(10, 1), 2n ** 63n - 1n]) expect(() => zxids.check(each)).toThrow(MalformedRecordError);
  });
});
