/** Bytes for a connection, and whether they are the last. */
export interface Output {
  readonly bytes: Buffer;
  readonly isLast: boolean;
}

/** What is sent to. */
export interface Recipient {
  takeOutput(): Output | null;
  write(output: Output): void;
  proceed(): void;
}

/** How far the log has got, by zxid. */
export interface Durability {
  readonly appended: bigint;
  readonly synced: bigint;
}

interface HeldOutput extends Output {
  readonly zxid: bigint;
}

/**
 * Gathers what is sent until a request has been processed in full, and holds it back until the changes before it are on
 * disk: nothing leaves the server that a crash could take back, neither an answer nor what another client reads.
 */
export class Outbox {
  readonly #durability: Durability | null;
  readonly #dirty = new Set<Recipient>();
  readonly #held = new Map<Recipient, HeldOutput[]>();

  /** @param durability `null` where nothing is written to disk. */
  constructor(durability: Durability | null) {
    this.#durability = durability;
  }

  /** It has something to send. */
  add(recipient: Recipient): void {
    this.#dirty.add(recipient);
  }

  /** Sends what may be sent. */
  flush(): void {
    for (const recipient of this.#dirty) {
      this.#dirty.delete(recipient);
      const output = recipient.takeOutput();
      if (output) this.#sendOrHold(recipient, output);
    }
  }

  /** Sends what the disk has caught up with. */
  release(): void {
    const synced = this.#durability?.synced ?? 0n;
    for (const [recipient, held] of [...this.#held]) {
      const count = held.findIndex(({ zxid }) => zxid > synced);
      const released = held.splice(0, count < 0 ? held.length : count);
      if (held.length === 0) this.#held.delete(recipient);
      for (const output of released) recipient.write(output);
      if (released.length > 0) recipient.proceed();
    }
  }

  /** How many bytes wait for the disk. */
  held(recipient: Recipient): number {
    return this.#held.get(recipient)?.reduce((sum, { bytes }) => sum + bytes.length, 0) ?? 0;
  }

  /** Nothing is sent to it any more. */
  remove(recipient: Recipient): void {
    this.#dirty.delete(recipient);
    this.#held.delete(recipient);
  }

  #sendOrHold(recipient: Recipient, output: Output): void {
    const zxid = this.#durability?.appended ?? 0n;
    const held = this.#held.get(recipient);
    if (held) held.push({ ...output, zxid });
    else if (this.#durability && zxid > this.#durability.synced) this.#held.set(recipient, [{ ...output, zxid }]);
    else recipient.write(output);
  }
}
