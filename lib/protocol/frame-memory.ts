import { WIRE } from '../core/limits.js';

/** Weak: the next collection of all garbage takes what is not in use. */
const spare: WeakRef<ArrayBufferLike>[] = [];

/** Memory of at least so many bytes: for a large frame that of an earlier one, as V8 keeps some 30 MiB of garbage. */
export function frameMemory(length: number): Buffer {
  if (length < WIRE.largeFrame) return Buffer.allocUnsafe(length);
  const known = spare.pop()?.deref();
  return known && known.byteLength >= length ? Buffer.from(known) : Buffer.allocUnsafeSlow(length);
}

/** A request was answered, and is never sent again: nobody needs its frame any more. */
export function frameAnswered(frame: Buffer): void {
  if (frame.length >= WIRE.largeFrame && spare.length < WIRE.spareFrames) spare.push(new WeakRef(frame.buffer));
}
