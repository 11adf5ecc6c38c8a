import { describe, expect, it } from 'vitest';
import { FrameSplitter } from '../../../lib/protocol/frame-splitter.js';
import { retainedMemory } from '../../support/retained-memory.js';

/** The first frame of a stream of so many zeros, before which its length stands. */
function frame(length: number): Buffer {
  const whole = Buffer.alloc(4 + length);
  whole.writeInt32BE(length);
  return whole;
}

describe('FrameSplitter', () => {
  it('holds bytes that arrive one by one in less than five times their memory', async () => {
    const before = await retainedMemory();
    const splitter = new FrameSplitter();
    splitter.push(frame(500_000).subarray(0, 4));
    const byte = Buffer.alloc(1);
    for (let at = 0; at < 300_000; at += 1) splitter.push(byte);
    const retained = (await retainedMemory()) - before;
    expect(splitter.held).toBe(300_004);
    expect(retained).toBeLessThan(1_500_000);
  });

  it('takes a time proportional to the length of a frame that arrives in small chunks', () => {
    const large = frame(8_000_000);
    const chunks: Buffer[] = [];
    for (let at = 0; at < large.length; at += 1_000) chunks.push(large.subarray(at, at + 1_000));
    const splitter = new FrameSplitter();
    const start = performance.now();
    let whole: Buffer | null = null;
    for (const chunk of chunks) {
      splitter.push(chunk);
      whole = splitter.next();
    }
    expect(whole?.length).toBe(large.length);
    // Joining the chunks again at each new one would copy 32 GB.
    expect(performance.now() - start).toBeLessThan(3_000);
  });
});
