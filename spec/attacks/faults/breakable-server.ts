import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Xid } from '../../../lib/protocol/op-code.js';
import { FrameRewriter } from '../../../testing/frame-rewriter.js';

/** Both ends of one connection through a breakable server. */
interface Ends {
  readonly client: Socket;
  readonly server: Socket;
}

/** How a server breaks, for its open connections and for later ones. */
export interface Breakage {
  /** Once for each open connection. */
  readonly strike?: (ends: Ends) => void;
  /** Of each reply but the handshake's; null drops it. */
  readonly reply?: (reply: Buffer) => Buffer | null;
}

const isPing = (reply: Buffer): boolean => reply.readInt32BE(0) === Xid.ping;

/** The ways in which a server leaves questions open. */
export const BREAKAGES = {
  'answers only pings': { reply: (reply) => (isPing(reply) ? reply : null) },
  'answers no ping': { reply: (reply) => (isPing(reply) ? null : reply) },
  'stops reading': { strike: ({ client }) => client.unpipe().pause() },
  'begins a message that it never ends': { strike: ({ client }) => client.write(Buffer.from([0, 0x10, 0, 0])) },
} as const satisfies Readonly<Record<string, Breakage>>;

/** A server in front of a sound one, on its own port, that can break. */
export class BreakableServer implements AsyncDisposable {
  readonly #server = createServer((client) => this.#accept(client));
  readonly #port: number;
  readonly #connections = new Set<Ends>();
  #breakage: Breakage = {};
  /** Client connections so far. */
  accepted = 0;

  private constructor(port: number) {
    this.#port = port;
  }

  static async start(port: number): Promise<BreakableServer> {
    const server = new BreakableServer(port);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get isUsed(): boolean {
    return this.#connections.size > 0;
  }

  break(breakage: Breakage): void {
    this.#breakage = breakage;
    for (const ends of this.#connections) breakage.strike?.(ends);
  }

  cut(): void {
    for (const { client } of this.#connections) client.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    this.accepted += 1;
    const ends = { client, server: connect(this.#port, '127.0.0.1') };
    this.#connections.add(ends);
    const rewriter = new FrameRewriter();
    for (const socket of [client, ends.server]) {
      socket.setNoDelay(true).on('error', () => {});
      socket.on('close', () => {
        this.#connections.delete(ends);
        client.destroy();
        ends.server.destroy();
      });
    }
    client.pipe(ends.server);
    ends.server.on('data', (chunk) => {
      for (const bytes of rewriter.push(chunk, this.#breakage.reply ?? null)) client.write(bytes);
    });
    this.#breakage.strike?.(ends);
  }
}
