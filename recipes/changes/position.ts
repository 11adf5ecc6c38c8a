/** A zxid up to which everything is known. It never goes back while the epoch stays the same. */
export class Position {
  #zxid: bigint;
  #epoch: number | undefined;

  /** @param epoch of the client; zxids of different epochs are not comparable */
  constructor(zxid = 0n, epoch?: number) {
    this.#zxid = zxid;
    this.#epoch = epoch;
  }

  get zxid(): bigint {
    return this.#zxid;
  }

  /** Moves forward, or, in a new epoch, to any zxid. */
  moveTo(zxid: bigint, epoch: number | undefined): void {
    if (epoch === this.#epoch && zxid <= this.#zxid) return;
    this.#zxid = zxid;
    this.#epoch = epoch;
  }
}
