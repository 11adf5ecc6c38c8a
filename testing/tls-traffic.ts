/** The parts of a TLS record's header: its type, the version in two bytes, the length of its contents in two bytes. */
const HEADER = 5;
/** ChangeCipherSpec, Alert, Handshake, ApplicationData. */
const RECORD_TYPES = { least: 20, most: 23 };
/** Each connection begins with it, from the client's side. */
const HANDSHAKE = 22;
const MAJOR_VERSION = 3;
/** The contents that TLS allows, with the most that a cipher of TLS 1.2 may add. */
const LONGEST_RECORD = 2 ** 14 + 2_048;
/** Breaches that are kept: one is enough to fail. */
const KEPT = 10;

/** A summary of the bytes that were seen. */
export interface TrafficReport {
  readonly connections: number;
  readonly bytes: number;
  /** Everything that was no TLS, or could be read. */
  readonly breaches: readonly string[];
}

/** Checks that connections carry TLS records, and nothing that can be read. */
export class TlsTraffic {
  readonly #secrets: readonly string[];
  readonly #breaches: string[] = [];
  #connections = 0;
  #bytes = 0;

  /** @param secrets words that must not be readable, in any direction */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  get report(): TrafficReport {
    return { connections: this.#connections, bytes: this.#bytes, breaches: [...this.#breaches] };
  }

  /** Follows one direction of a connection. Returns a function that takes each chunk as it was sent. */
  follow(direction: 'to-server' | 'to-client'): (chunk: Buffer) => void {
    const records = new RecordCheck(direction === 'to-server');
    const longest = Math.max(1, ...this.#secrets.map((secret) => secret.length));
    let before = '';
    let isFirst = true;
    let isBroken = false;
    return (chunk) => {
      if (direction === 'to-server' && isFirst) this.#connections += 1;
      isFirst = false;
      this.#bytes += chunk.length;
      const breach = isBroken ? null : records.push(chunk);
      isBroken ||= breach !== null;
      if (breach !== null) this.#breach(`${direction}: ${breach}`);
      const text = before + chunk.toString('latin1');
      for (const secret of this.#secrets)
        if (text.includes(secret)) this.#breach(`${direction}: ${secret} in plain text`);
      before = longest > 1 ? text.slice(1 - longest) : '';
    };
  }

  #breach(what: string): void {
    if (this.#breaches.length < KEPT) this.#breaches.push(what);
  }
}

/** Reads the headers of the records in one direction of one connection. */
class RecordCheck {
  readonly #isOfClient: boolean;
  #header = Buffer.alloc(0);
  /** Of the current record's contents. */
  #left = 0;
  #records = 0;

  constructor(isOfClient: boolean) {
    this.#isOfClient = isOfClient;
  }

  /** The first breach in these bytes; `null` without any. */
  push(chunk: Buffer): string | null {
    let rest = chunk;
    while (rest.length > 0) {
      const passed = Math.min(this.#left, rest.length);
      this.#left -= passed;
      rest = rest.subarray(passed);
      if (rest.length === 0) return null;
      const missing = HEADER - this.#header.length;
      this.#header = Buffer.concat([this.#header, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      const breach = this.#checkHeader();
      if (breach !== null) return breach;
      if (this.#header.length < HEADER) return null;
      this.#left = this.#header.readUInt16BE(3);
      this.#header = Buffer.alloc(0);
      this.#records += 1;
    }
    return null;
  }

  /** As much of it as is there. */
  #checkHeader(): string | null {
    const [type = HANDSHAKE, major = MAJOR_VERSION] = this.#header;
    const isRecord = type >= RECORD_TYPES.least && type <= RECORD_TYPES.most && major === MAJOR_VERSION;
    const isLong = this.#header.length === HEADER && this.#header.readUInt16BE(3) > LONGEST_RECORD;
    if (!isRecord || isLong) return `record ${this.#records} has the header ${this.#header.toString('hex')}`;
    if (this.#isOfClient && this.#records === 0 && type !== HANDSHAKE) return `its first byte is ${type}`;
    return null;
  }
}
