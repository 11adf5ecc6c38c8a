import { Duplex } from 'node:stream';

/** The surroundings of a {@link MemorySocket}: they decide what arrives, and when. */
export interface FarSide {
  /** Bytes were written. */
  written(bytes: Buffer): void;
  /** Nothing more will be written: the socket was ended or destroyed. Called once. */
  finished(): void;
}

/** The part of a `net.Socket` that a client and a server use, without a network. */
export class MemorySocket extends Duplex {
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort = 1;
  readonly #far: FarSide;
  #isFinished = false;
  #hasEnded = false;

  constructor(far: FarSide) {
    super({ allowHalfOpen: false });
    this.#far = far;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  /** Bytes reach this socket. */
  arrive(bytes: Buffer): void {
    if (!this.destroyed && !this.#hasEnded) this.push(bytes);
  }

  /** The other side has closed the connection. */
  arriveEnd(): void {
    if (this.destroyed || this.#hasEnded) return;
    this.#hasEnded = true;
    this.push(null);
  }

  /** The other side has reset the connection. */
  arriveReset(): void {
    this.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#far.written(chunk);
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.#far.written(Buffer.concat(chunks.map(({ chunk }) => chunk)));
    done();
  }

  override _final(done: () => void): void {
    this.#finish();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#finish();
    done(error);
  }

  #finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#far.finished();
  }
}
