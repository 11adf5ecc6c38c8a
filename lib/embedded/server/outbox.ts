/** Bytes for a connection, and whether they are the last. */
export interface Output {
  readonly bytes: Buffer;
  readonly isLast: boolean;
}

/** What is sent to. */
export interface Recipient {
  /** Whether it is sent nothing for the time being. */
  readonly isSilent: boolean;
  takeOutput(): Output | null;
  write(output: Output): void;
  proceed(): void;
}

/** How far the log has got, by zxid. */
export interface Durability {
  readonly appended: bigint;
  readonly synced: bigint;
}

/** What waits for the disk to get as far as the zxid. */
interface HeldOutput extends Output {
  readonly zxid: bigint;
}

interface Held {
  readonly outputs: HeldOutput[];
  length: number;
}

/**
 * Gathers what is sent until a request has been processed in full, and holds it back until the changes before it are on
 * disk: nothing leaves the server that a crash could take back, neither an answer nor what another client reads.
 */
export class Outbox {
  readonly #durability: Durability | null;
  readonly #dirty = new Set<Recipient>();
  readonly #held = new Map<Recipient, Held>();

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
      this.#release(recipient);
      const output = recipient.takeOutput();
      if (output) this.#sendOrHold(recipient, output);
    }
  }

  /** Sends what the disk has caught up with. */
  release(): void {
    for (const recipient of this.#held.keys()) this.#release(recipient);
  }

  /** How many bytes wait for the disk. */
  held(recipient: Recipient): number {
    return this.#held.get(recipient)?.length ?? 0;
  }

  /** Nothing is sent to it any more. */
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
