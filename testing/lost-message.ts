import type { FaultProxy } from './fault-proxy.js';

const XID_OFFSET = 0;

/**
 * Loses one message between a client and its server, with the connection: the request itself, which the server then
 * never gets, or the answer to a request that it carries out. Pings and the like are not counted.
 */
export class LostMessage {
  readonly #proxy: FaultProxy;
  readonly #isIt: (request: Buffer, index: number) => boolean;
  readonly #what: 'request' | 'answer';
  readonly #onLost: () => void;
  #requests = 0;
  #xid: number | undefined;
  #isLost = false;

  /**
   * @param which the index of the request, from now on, beginning with 1; or which it is, by its frame
   * @param onLost called before the connection is cut
   */
  constructor(
    proxy: FaultProxy,
    which: number | ((request: Buffer) => boolean),
    what: 'request' | 'answer',
    onLost: () => void = () => {},
  ) {
    this.#proxy = proxy;
    this.#isIt = typeof which === 'function' ? which : (_request, index) => index === which;
    this.#what = what;
    this.#onLost = onLost;
    proxy.transform((frame) => this.#request(frame), 'to-server');
    proxy.transform((frame) => this.#answer(frame), 'to-client');
  }

  /** Whether there were so many requests. */
  get isLost(): boolean {
    return this.#isLost;
  }

  #request(frame: Buffer): Buffer | null {
    if (this.#isLost) return null;
    const xid = frame.readInt32BE(XID_OFFSET);
    if (xid < 0) return frame;
    this.#requests += 1;
    if (this.#xid !== undefined || !this.#isIt(frame, this.#requests)) return frame;
    if (this.#what === 'request') return this.#lose();
    this.#xid = xid;
    return frame;
  }

  #answer(frame: Buffer): Buffer | null {
    if (this.#isLost) return null;
    return this.#xid !== undefined && frame.readInt32BE(XID_OFFSET) === this.#xid ? this.#lose() : frame;
  }

  #lose(): null {
    this.#isLost = true;
    this.#onLost();
    // The pipes are in the middle of this chunk.
    setImmediate(() => {
      this.#proxy.cut();
      this.#proxy.transform(null, 'to-server');
      this.#proxy.transform(null, 'to-client');
    });
    return null;
  }
}
