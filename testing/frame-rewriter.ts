/** Gets the body of a frame, without its length prefix; gives another body, or null to drop the frame. */
export type FrameTransform = (frame: Buffer) => Buffer | null;

const PREFIX = 4;
const NOTHING = Buffer.alloc(0);

/** Follows the length-prefixed frames in a stream of bytes and rewrites all but the first. */
export class FrameRewriter {
  /** The begun frame: less than its prefix, or all that is there of a frame to rewrite. */
  #begun: Buffer = NOTHING;
  /** How much of it has been sent on. */
  #sent = 0;
  /** Bytes of the current frame that pass untouched. */
  #untouched = 0;
  #isFirst = true;

  /** Returns the bytes to forward now: without a transform, all of them. */
  push(chunk: Buffer, transform: FrameTransform | null): Buffer[] {
    const out: Buffer[] = [];
    let rest = this.#begun.length === 0 ? chunk : Buffer.concat([this.#begun, chunk]);
    while (rest.length > 0) {
      if (this.#untouched > 0) {
        const passed = rest.subarray(0, this.#untouched);
        this.#untouched -= passed.length;
        out.push(passed);
        rest = rest.subarray(passed.length);
        continue;
      }
      const rewrites = transform !== null && !this.#isFirst && this.#sent === 0;
      if (rest.length < PREFIX) {
        if (rewrites) break;
        out.push(rest.subarray(this.#sent));
        this.#sent = rest.length;
        break;
      }
      const length = rest.readInt32BE(0);
      const end = PREFIX + length;
      if (!rewrites || length < 0) {
        this.#isFirst = false;
        this.#untouched = length < 0 ? Number.POSITIVE_INFINITY : end - this.#sent;
        rest = rest.subarray(this.#sent);
        this.#sent = 0;
        continue;
      }
      if (rest.length < end) break;
      const body = transform(rest.subarray(PREFIX, end));
      if (body) out.push(withPrefix(body));
      rest = rest.subarray(end);
    }
    this.#begun = rest;
    return out;
  }

  /** The bytes still held back at the end of the stream. */
  flush(): Buffer {
    const held = this.#begun.subarray(this.#sent);
    this.#begun = NOTHING;
    this.#sent = 0;
    return held;
  }
}

function withPrefix(body: Buffer): Buffer {
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeInt32BE(body.length);
  return Buffer.concat([prefix, body]);
}
