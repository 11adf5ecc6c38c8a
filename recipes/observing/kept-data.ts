import { OBSERVING } from '../../lib/core/limits.js';

/**
 * The data of a znode as its observer keeps it, in a form that is never handed out: no subscriber, and no third-party
 * client, can change it. A string of bytes for small data: immutable, and a hundred bytes smaller than a Buffer.
 */
export type KeptData = string | Buffer;

/** Copies the data. */
export function keepData(data: Buffer): KeptData {
  return data.length < OBSERVING.largeData ? data.toString('latin1') : copyOf(data);
}

/** A copy for one function, with memory of its own: it may be changed, and transferred to another thread. */
export function toBuffer(kept: KeptData): Buffer {
  if (typeof kept !== 'string') return copyOf(kept);
  const bytes = Buffer.allocUnsafeSlow(kept.length);
  // A call out of JavaScript costs as much as some fifty bytes.
  if (kept.length > OBSERVING.shortData) bytes.write(kept, 'latin1');
  else for (let index = 0; index < kept.length; index += 1) bytes[index] = kept.charCodeAt(index);
  return bytes;
}

function copyOf(data: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(data.length);
  copy.set(data);
  return copy;
}
