import { describe, expect, it } from 'vitest';
import { FrameRewriter, type FrameTransform } from '../../testing/frame-rewriter.js';

function frame(text: string): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeInt32BE(text.length);
  return Buffer.concat([prefix, Buffer.from(text)]);
}

const stream = Buffer.concat(['handshake', 'keep', 'drop', '', 'last'].map(frame));
const rewritten = Buffer.concat(['handshake', 'KEEP', '', 'LAST'].map(frame));

const upperCaseWithoutDrop: FrameTransform = (body) =>
  body.toString() === 'drop' ? null : Buffer.from(body.toString().toUpperCase());

describe('FrameRewriter', () => {
  it.each([1, 3, 5, 1_000])('rewrites all frames but the first, received %i bytes at a time', (size) => {
    const rewriter = new FrameRewriter();
    const out: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size) {
      out.push(...rewriter.push(stream.subarray(at, at + size), upperCaseWithoutDrop));
    }
    expect(Buffer.concat(out)).toEqual(rewritten);
    expect(rewriter.flush().length).toBe(0);
  });

  it('passes each byte at once when there is nothing to rewrite', () => {
    const rewriter = new FrameRewriter();
    for (let at = 0; at < stream.length; at++) {
      const byte = stream.subarray(at, at + 1);
      expect(Buffer.concat(rewriter.push(byte, null))).toEqual(byte);
    }
  });

  it.each([2, 6])(
    'starts rewriting with the next whole frame, not with one of which %i bytes have passed',
    (passed) => {
      const rewriter = new FrameRewriter();
      const begun = frame('handshake').length + passed;
      rewriter.push(stream.subarray(0, begun), null);
      const out = Buffer.concat(rewriter.push(stream.subarray(begun), upperCaseWithoutDrop));
      expect(out).toEqual(Buffer.concat([frame('keep').subarray(passed), frame(''), frame('LAST')]));
    },
  );

  it('lets go of a held frame when the rewriting ends', () => {
    const rewriter = new FrameRewriter();
    rewriter.push(Buffer.concat([frame('handshake'), frame('held').subarray(0, 7)]), upperCaseWithoutDrop);
    expect(Buffer.concat(rewriter.push(Buffer.alloc(0), null))).toEqual(frame('held').subarray(0, 7));
  });

  it('keeps its hands off text that is no frame', () => {
    const rewriter = new FrameRewriter();
    const out = [
      ...rewriter.push(Buffer.from('imok'), null),
      ...rewriter.push(Buffer.from('ay'), null),
      rewriter.flush(),
    ];
    expect(Buffer.concat(out).toString()).toBe('imokay');
  });
});
