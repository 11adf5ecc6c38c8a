const PREFIX = 4;

/** Replaces a part of a frame, and corrects its length prefix. */
export function splice(frame: Buffer, start: number, end: number, replacement: Buffer): Buffer {
  return withLength(Buffer.concat([frame.subarray(0, start), replacement, frame.subarray(end)]));
}

/** The frame with a length prefix that is right, or wrong by `excess`. */
export function withLength(frame: Buffer, excess = 0): Buffer {
  return withPrefix(frame, frame.length - PREFIX + excess);
}

/** A copy of the frame with this length prefix. */
export function withPrefix(frame: Buffer, length: number): Buffer {
  const copy = Buffer.from(frame);
  copy.writeInt32BE(length | 0, 0);
  return copy;
}

export function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}

export function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt.asIntN(64, value));
  return bytes;
}

/** A text or bytes with the length in front. */
export function sized(bytes: Buffer | string): Buffer {
  const content = Buffer.from(bytes as string);
  return Buffer.concat([int(content.length), content]);
}
