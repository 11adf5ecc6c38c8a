import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameSplitter } from '../../../lib/protocol/frame-splitter.js';
import { MalformedRecordError } from '../../../lib/protocol/jute.js';

function frame(body: Uint8Array): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeInt32BE(body.length);
  return Buffer.concat([prefix, body]);
}

function split(chunks: readonly Buffer[], frames: Buffer[] = []): Buffer[] {
  const splitter = new FrameSplitter();
  for (const chunk of chunks) {
    splitter.push(chunk);
    for (let each = splitter.next(); each; each = splitter.next()) frames.push(each);
  }
  return frames;
}

describe('FrameSplitter', () => {
  it('returns the same frames, however the stream is cut into chunks', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
    const sizes = fc.infiniteStream(fc.integer({ min: 0, max: 30 }));
    fc.assert(
      fc.property(bodies, sizes, (bodiesSent, sizesOfChunks) => {
        const frames = bodiesSent.map(frame);
        let rest = Buffer.concat(frames);
        const chunks: Buffer[] = [];
        for (const size of sizesOfChunks) {
          if (rest.length === 0) break;
          chunks.push(rest.subarray(0, size));
          rest = rest.subarray(size);
        }
        expect(split(chunks)).toEqual(frames);
      }),
    );
  });

  it('returns the same frames when every chunk arrives in the same memory', () => {
    const lengths = fc.array(fc.oneof(fc.nat(40), fc.nat(200_000)), { maxLength: 8 });
    const sizes = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(lengths, sizes, (lengthsSent, sizesOfChunks) => {
        const frames = lengthsSent.map((length, index) => frame(Buffer.alloc(length, index + 1)));
        const stream = Buffer.concat(frames);
        const memory = Buffer.alloc(70_000);
        const splitter = new FrameSplitter();
        const seen: Buffer[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn += 1) {
          const length = stream.copy(memory, 0, at, at + (sizesOfChunks[turn % sizesOfChunks.length] ?? 1));
          at += length;
          splitter.push(memory.subarray(0, length));
          for (let each = splitter.next(); each; each = splitter.next()) seen.push(Buffer.from(each));
          memory.fill(0xff);
        }
        expect(seen.map(({ length }) => length)).toEqual(frames.map(({ length }) => length));
        expect(Buffer.concat(seen).equals(stream)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('keeps what it has returned of more than one chunk, whatever comes later', () => {
    const memory = Buffer.alloc(65_536);
    const splitter = new FrameSplitter();
    const kept: Buffer[] = [];
    const stream = Buffer.concat([1, 2, 3].map((fill) => frame(Buffer.alloc(100_000, fill))));
    for (let at = 0; at < stream.length; at += 65_536) {
      splitter.push(memory.subarray(0, stream.copy(memory, 0, at)));
      for (let each = splitter.next(); each; each = splitter.next()) kept.push(each);
    }
    expect(Buffer.concat(kept).equals(stream)).toBe(true);
  });

  it('holds an incomplete frame until the rest arrives', () => {
    const whole = frame(Buffer.from('whole'));
    expect(split([whole.subarray(0, 3), whole.subarray(3, 8)])).toEqual([]);
  });

  it.each([-1, -2_147_483_648, 1024 * 1024 * 1024])('throws for a length of %i', (length) => {
    const prefix = Buffer.alloc(4);
    prefix.writeInt32BE(length);
    expect(() => split([prefix])).toThrow(MalformedRecordError);
    expect(() => split([prefix])).toThrow(String(length));
  });

  it('returns the frames before an impossible length', () => {
    const frames: Buffer[] = [];
    const good = frame(Buffer.from('good'));
    expect(() => split([good, Buffer.alloc(4, 0xff)], frames)).toThrow();
    expect(frames).toEqual([good]);
  });

  it('throws for a length above the limit that it was given', () => {
    const splitter = new FrameSplitter(10);
    splitter.push(Buffer.concat([frame(Buffer.alloc(10)), frame(Buffer.alloc(11))]));
    expect(splitter.next()?.length).toBe(14);
    expect(() => splitter.next()).toThrow(MalformedRecordError);
  });

  it('returns the head of a frame above the second limit, drops its rest, and goes on with the next frame', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 120 }), { maxLength: 12 });
    const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 70 }));
    fc.assert(
      fc.property(bodies, sizes, (bodiesSent, sizesOfChunks) => {
        const splitter = new FrameSplitter(200, 50);
        const frames = bodiesSent.map(frame);
        let rest = Buffer.concat(frames);
        const seen: Buffer[] = [];
        for (const size of sizesOfChunks) {
          if (rest.length === 0) break;
          splitter.push(rest.subarray(0, size));
          rest = rest.subarray(size);
          for (let each = splitter.next(); each; each = splitter.next()) seen.push(Buffer.from(each));
          expect(splitter.held).toBeLessThan(54);
        }
        expect(seen).toEqual(frames.map((each) => (each.length > 54 ? each.subarray(0, 20) : each)));
        expect(splitter.isInFrame).toBe(false);
      }),
    );
  });

  it('is in a frame from its first byte to its last, although it drops them', () => {
    const splitter = new FrameSplitter(200, 50);
    const large = frame(Buffer.alloc(100));
    splitter.push(large.subarray(0, 30));
    expect(splitter.next()?.length).toBe(20);
    splitter.push(large.subarray(30, 103));
    expect([splitter.next(), splitter.isInFrame]).toEqual([null, true]);
    splitter.push(large.subarray(103));
    expect([splitter.next(), splitter.isInFrame]).toEqual([null, false]);
  });
});
