import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

const HEADER = 12;
const TYPE_A = 1;
const NO_SUCH_NAME = 3;

/** A name server on a loopback address. It answers as late as a spec wants, or never. */
export class NameServer implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #names: Readonly<Record<string, readonly string[]>>;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** By how much its answers are late, in ms; Infinity for never. */
  delay = 0;
  /** How often each name was asked for an IPv4 address. */
  readonly questions: string[] = [];

  private constructor(socket: Socket, names: Readonly<Record<string, readonly string[]>>) {
    this.#socket = socket;
    this.#names = names;
    socket.on('message', (message, from) => this.#asked(message, from));
  }

  /** @param names each with its IPv4 addresses */
  static async listen(
    names: Readonly<Record<string, readonly string[]>>,
    { host, port }: { host: string; port: number },
  ): Promise<NameServer> {
    const socket = createSocket('udp4');
    socket.bind(port, host);
    await once(socket, 'listening');
    return new NameServer(socket, names);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #asked(message: Buffer, from: RemoteInfo): void {
    const { name, end } = readName(message);
    const type = message.readUInt16BE(end);
    if (type === TYPE_A) this.questions.push(name);
    if (this.delay === Number.POSITIVE_INFINITY) return;
    const reply = answer(message.subarray(0, end + 4), type === TYPE_A ? this.#names[name] : [], name in this.#names);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#socket.send(reply, from.port, from.address);
    }, this.delay);
    this.#timers.add(timer);
  }
}

function readName(message: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = HEADER;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

function answer(question: Buffer, addresses: readonly string[] = [], isKnown: boolean): Buffer {
  const head = Buffer.from(question);
  // A response, recursion desired and available.
  head.writeUInt16BE(0x8180 | (isKnown ? 0 : NO_SUCH_NAME), 2);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  const records = addresses.map((address) => {
    const record = Buffer.from([0xc0, HEADER, 0, TYPE_A, 0, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
    for (const [nth, part] of address.split('.').entries()) record[12 + nth] = Number(part);
    return record;
  });
  return Buffer.concat([head, ...records]);
}
