/** Bytes for a connection. The connection ends after the last of them. */
export interface Output {
  readonly bytes: Buffer;
  readonly isLast: boolean;
}

/** A connection, as far as the outbox uses it. */
export interface Recipient {
  /** Whether nothing may be sent to it at present. */
  readonly isSilent: boolean;
  /** Removes and returns the output that was gathered. */
  takeOutput(): Output | null;
  write(output: Output): void;
  /** Continues to read requests: output was released. */
  proceed(): void;
}

/** The last zxid that was given to the log, and the last that is on disk. */
export interface Durability {
  readonly appended: bigint;
  readonly synced: bigint;
}

/** Output that is held back until the transaction with the zxid is on disk. */
interface HeldOutput extends Output {
  readonly zxid: bigint;
}

interface Held {
  readonly outputs: HeldOutput[];
  length: number;
}

/**
 * Gathers output until a request is fully processed, and holds it back until all earlier transactions are on disk: no
 * reply, event or read may show a client a change that a crash could undo.
 */
export class Outbox {
  readonly #durability: Durability | null;
  readonly #dirty = new Set<Recipient>();
  readonly #held = new Map<Recipient, Held>();

  /** @param durability `null` without a disk. */
  constructor(durability: Durability | null) {
    this.#durability = durability;
  }

  /** Notes that the connection has output. */
  add(recipient: Recipient): void {
    this.#dirty.add(recipient);
  }

  /** Sends the gathered output, or holds it back for the disk. */
  flush(): void {
    for (const recipient of this.#dirty) {
      this.#dirty.delete(recipient);
      this.#release(recipient);
      const output = recipient.takeOutput();
      if (output) this.#sendOrHold(recipient, output);
    }
  }

  /** Sends the output whose transactions have reached the disk. */
  release(): void {
    for (const recipient of this.#held.keys()) this.#release(recipient);
  }

  /** The number of bytes that are held back for the disk. */
  held(recipient: Recipient): number {
    return this.#held.get(recipient)?.length ?? 0;
  }

  /** Forgets the connection and its output. */
  remove(recipient: Recipient): void {
    this.#dirty.delete(recipient);
    this.#held.delete(recipient);
  }

  #release(recipient: Recipient): void {
    const held = this.#held.get(recipient);
    if (!held || recipient.isSilent) return;
    const synced = this.#durability?.synced ?? 0n;
    const count = held.outputs.findIndex(({ zxid }) => zxid > synced);
    const released = held.outputs.splice(0, count < 0 ? held.outputs.length : count);
    if (held.outputs.length === 0) this.#held.delete(recipient);
    for (const output of released) {
      held.length -= output.bytes.length;
      recipient.write(output);
    }
    if (released.length > 0) recipient.proceed();
  }

  #sendOrHold(recipient: Recipient, output: Output): void {
    const { appended, synced } = this.#durability ?? { appended: 0n, synced: 0n };
    if (appended <= synced) {
      recipient.write(output);
      return;
    }
    const held = this.#held.get(recipient) ?? { outputs: [], length: 0 };
    held.outputs.push({ ...output, zxid: appended });
    held.length += output.bytes.length;
    this.#held.set(recipient, held);
  }
}
