import type { Socket } from 'node:net';
import { FrameRewriter, type FrameTransform } from './frame-rewriter.js';

/** The active faults of one direction. */
export interface Faults {
  /** Swallows everything. */
  blackHole: boolean;
  singleBytes: boolean;
  /** Milliseconds. */
  delay: number;
  /** How many more bytes pass before a connection is destroyed; null for no such limit. */
  bytesLeft: number | null;
  /** How many more bytes pass before one is changed; null for none. */
  soundBytes: number | null;
  transform: FrameTransform | null;
  /** Picks the frames that are lost without a trace. The first frame of a connection always passes. */
  swallow: ((frame: Buffer) => boolean) | null;
  /** By how much the first frame of each connection is late, in ms. */
  firstFrameDelay: () => number;
}

/** One direction of all connections of a proxy. */
export interface Lane extends Faults {
  /** Bytes lost in it so far. */
  swallowed: number;
}

export function noFaults(): Faults {
  return {
    ...{ blackHole: false, singleBytes: false, delay: 0, bytesLeft: null, soundBytes: null },
    ...{ transform: null, swallow: null, firstFrameDelay: () => 0 },
  };
}

/** The first byte of each TLS connection, from both sides. */
const TLS_HANDSHAKE = 22;

type End = 'fin' | 'rst';

interface Item {
  readonly what: Buffer | End;
  readonly arrived: number;
}

/** One direction of one connection: forwards what it is given, in order, through the faults of the moment. */
export class FaultPipe {
  #lost = false;
  #hasSwallowedFrame = false;
  /** How long the first bytes are held back in addition; undefined before they have come. */
  #firstDelay: number | undefined;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #lane: Lane;
  readonly #rewriter = new FrameRewriter();
  /** Whether the connection is over TLS; undefined before its first byte. */
  #isSecure: boolean | undefined;
  readonly #queue: Item[] = [];
  #draining = false;
  #wake: (() => void) | null = null;

  constructor(from: Socket, to: Socket, lane: Lane) {
    this.#from = from;
    this.#to = to;
    this.#lane = lane;
    from.on('data', (chunk) => this.#push(chunk));
    from.on('end', () => this.#end('fin'));
    from.on('error', () => this.#end('rst'));
  }

  /** Whether bytes or frames were swallowed: the connection has a hole, and cannot be used any more. */
  get lost(): boolean {
    return this.#lost || this.#hasSwallowedFrame;
  }

  /** The faults have changed: forwards what they no longer hold back. */
  refresh(): void {
    this.#push(Buffer.alloc(0));
    this.#wake?.();
  }

  /** Drops everything held back. */
  discard(): void {
    this.#queue.length = 0;
    this.#wake?.();
  }

  #push(chunk: Buffer): void {
    const transform = this.#transform;
    // No frame of ZooKeeper is so long that its length begins with this byte.
    if (chunk.length > 0) this.#isSecure ??= chunk[0] === TLS_HANDSHAKE;
    if (this.#isSecure && transform)
      throw new Error('A fault in the frames of a TLS connection: no proxy can read them');
    for (const bytes of this.#rewriter.push(chunk, transform)) this.#enqueue(bytes);
  }

  get #transform(): FrameTransform | null {
    const { swallow, transform } = this.#lane;
    if (!swallow) return transform;
    return (frame) => {
      if (!swallow(frame)) return transform ? transform(frame) : frame;
      this.#hasSwallowedFrame = true;
      this.#lane.swallowed += frame.length;
      return null;
    };
  }

  #end(how: End): void {
    const held = this.#rewriter.flush();
    if (held.length > 0) this.#enqueue(held);
    this.#enqueue(how);
  }

  #enqueue(what: Buffer | End): void {
    if (this.#firstDelay === undefined && what.length > 0) this.#firstDelay = this.#lane.firstFrameDelay();
    this.#queue.push({ what, arrived: performance.now() });
    if (!this.#draining) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    for (let item = this.#queue[0]; item; item = this.#queue[0]) {
      const delay = Math.max(this.#lane.delay, this.#firstDelay ?? 0);
      const wait = item.arrived + delay - performance.now();
      if (delay > 0 && wait > 0) {
        await this.#pause(wait);
        continue;
      }
      this.#firstDelay = 0;
      this.#queue.shift();
      if (typeof item.what === 'string') this.#forwardEnd(item.what);
      else if (this.#lane.singleBytes) await this.#forwardSingly(item.what);
      else this.#forward(item.what);
    }
    this.#draining = false;
  }

  #forward(bytes: Buffer): void {
    if (this.#swallows()) {
      this.#lane.swallowed += bytes.length;
      return;
    }
    const { bytesLeft } = this.#lane;
    const sent = this.#corrupted(bytes);
    if (bytesLeft === null || sent.length < bytesLeft) {
      if (bytesLeft !== null) this.#lane.bytesLeft = bytesLeft - sent.length;
      this.#write(sent);
      return;
    }
    this.#lane.bytesLeft = null;
    this.#write(sent.subarray(0, bytesLeft));
    this.discard();
    this.#from.destroy();
    // Ends after the write: the half packet must arrive.
    this.#to.destroySoon();
  }

  async #forwardSingly(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#to.destroyed; at++) {
      // A turn of the event loop for each byte: the socket would join them, and so would a reader in this process.
      await new Promise((resolve) => setImmediate(resolve));
      this.#forward(bytes.subarray(at, at + 1));
    }
  }

  #corrupted(bytes: Buffer): Buffer {
    const { soundBytes } = this.#lane;
    if (soundBytes === null) return bytes;
    this.#lane.soundBytes = soundBytes < bytes.length ? null : soundBytes - bytes.length;
    if (soundBytes >= bytes.length) return bytes;
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(soundBytes) ^ 1, soundBytes);
    return changed;
  }

  #forwardEnd(how: End): void {
    if (this.#swallows()) return;
    if (how === 'fin') this.#to.end();
    else reset(this.#to);
  }

  #swallows(): boolean {
    if (this.#lane.blackHole) this.#lost = true;
    return this.#lost;
  }

  #write(bytes: Buffer): void {
    if (this.#to.writable && bytes.length > 0) this.#to.write(bytes);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#wake = wake;
    });
  }
}

/**
 * Resets a connection. One that still connects has nobody to be reset, and a socket that is shutting down must not be:
 * Node would lose its handle, and spin at the end of the process.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded || socket.connecting) socket.destroy();
  else if (!socket.destroyed) socket.resetAndDestroy();
}
