import { JuteReader } from '../../../lib/protocol/jute.js';
import type { WireRequest } from '../../../lib/protocol/requests.js';
import type {
  Connection,
  ConnectionEnd,
  ConnectionHandlers,
  ConnectionOptions,
  ReplyHandler,
} from '../../../lib/zookeeper/connection/connection.js';
import type { SeededRandom } from '../../../testing/seeded-random.js';
import type { VirtualClock } from '../../../testing/virtual-clock.js';
import { Pipe } from './pipe.js';
import { type ClientFrame, type ServerFrame, ServerLink } from './server-link.js';
import type { SimulatedServer } from './simulated-server.js';

/** Adds a line to the story, if the play is recorded. */
export type Trace = (line: () => string) => void;

interface Awaited {
  readonly wire: WireRequest<unknown>;
  readonly onReply: ReplyHandler<unknown>;
  /** When it was sent, by the virtual clock. */
  readonly at: number;
}

/** The directions of a connection in which everything is held back. */
export interface Hole {
  readonly toServer: boolean;
  readonly toClient: boolean;
}

/** The network of a connection, as the connection sees it. */
export interface ConnectionNetwork {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly trace: Trace;
  /** Whether frames may come in parts. */
  readonly isRough: boolean;
  latency(): number;
  holeAt(server: SimulatedServer): Hole | undefined;
  forget(connection: SimulatedConnection): void;
}

/** One connection as the client sees it, in place of one over TCP. */
export class SimulatedConnection implements Connection {
  readonly server: SimulatedServer;
  readonly #sessionTimeout: number;
  readonly #network: ConnectionNetwork;
  readonly #handlers: ConnectionHandlers;
  readonly #toServer: Pipe<ClientFrame>;
  readonly #toClient: Pipe<ServerFrame>;
  readonly #awaited: Awaited[] = [];
  #openedAt = Number.POSITIVE_INFINITY;
  #repliedAt = Number.NEGATIVE_INFINITY;
  #isCut = false;
  #isStalled = false;
  #link: ServerLink | null = null;
  #phase: 'connecting' | 'greeting' | 'open' | 'over' = 'connecting';

  constructor(
    network: ConnectionNetwork,
    server: SimulatedServer,
    options: ConnectionOptions,
    handlers: ConnectionHandlers,
  ) {
    this.#network = network;
    this.server = server;
    this.#sessionTimeout = options.sessionTimeout;
    this.#handlers = handlers;
    const { clock, random } = network;
    const shared = { random, now: () => clock.now, latency: () => network.latency() };
    this.#toServer = new Pipe<ClientFrame>({
      ...shared,
      schedule: (delay, run) => clock.inWorld(delay, run),
      deliver: (frame) => this.#link?.received(frame),
    });
    this.#toClient = new Pipe<ServerFrame>({
      ...shared,
      schedule: (delay, run) => clock.atClient(delay, run),
      deliver: (frame) => this.#received(frame),
    });
    clock.inWorld(network.latency(), () => this.#reached(options));
  }

  request<T>(wire: WireRequest<T>, onReply: ReplyHandler<T>): void {
    if (this.#phase !== 'open') return;
    this.#network.trace(() => `  -> s${this.server.index} ${wire.name}`);
    this.#awaited.push({ wire, onReply: onReply as ReplyHandler<unknown>, at: this.#network.clock.now });
    this.#toServer.send({ kind: 'request', frame: wire.frame });
  }

  ping(): void {
    if (this.#phase !== 'open') return;
    this.#network.trace(() => `  -> s${this.server.index} ping`);
    this.#toServer.send({ kind: 'ping' });
  }

  addAuth(): void {}

  destroy(): void {
    if (this.#phase === 'over') return;
    this.#hungUp();
    this.#network.trace(() => `  the client throws a connection to s${this.server.index} away`);
  }

  /** The server's side; null before the connection has reached it. */
  get link(): ServerLink | null {
    return this.#link;
  }

  /** Whether events still reach the client at once. */
  get isSound(): boolean {
    return this.#phase === 'open' && !this.#isCut && !this.#isStalled && !this.#link?.isSpoilt;
  }

  /** For how long it has been open, in ms. */
  get age(): number {
    return this.#network.clock.now - this.#openedAt;
  }

  /** Since when a request is the next to be answered; undefined without one, or when the connection has ended. */
  get openQuestion(): number | undefined {
    const [oldest] = this.#awaited;
    return this.#phase === 'open' && oldest ? Math.max(oldest.at, this.#repliedAt) : undefined;
  }

  /** Ends the connection, and both sides notice at once. Of the frames in flight some are lost. */
  hangUp(): void {
    this.#isCut = true;
    const { random } = this.#network;
    this.#toServer.cut(random.below(this.#toServer.length + 1), { kind: 'end' });
    this.#toClient.cut(random.below(this.#toClient.length + 1), { kind: 'end' });
  }

  /** Cuts the connection between two frames in flight; either side may notice late, or not at all. */
  cut(): void {
    this.#isCut = true;
    const { random } = this.#network;
    this.#toServer.cut(random.below(this.#toServer.length + 1), random.chance(0.8) ? { kind: 'end' } : undefined);
    this.#toClient.cut(random.below(this.#toClient.length + 1), random.chance(0.85) ? { kind: 'end' } : undefined);
  }

  /** Holds everything back, in one direction or both, until {@link SimulatedConnection.flow}. */
  stall({ toServer, toClient }: Hole): void {
    this.#isStalled = true;
    if (toServer) this.#toServer.stall();
    if (toClient) this.#toClient.stall();
  }

  flow(): void {
    this.#isStalled = false;
    this.#toServer.flow();
    this.#toClient.flow();
  }

  #reached({ session, sessionTimeout, lastZxid }: ConnectionOptions): void {
    if (this.#phase === 'over') return;
    const { server } = this;
    const hole = this.#network.holeAt(server);
    if (server.isUp && server.welcome !== 'refuses' && !hole) this.#accepted();
    if (server.welcome === 'says-nothing' || hole?.toServer) return;
    if (!server.isUp || server.welcome === 'refuses') {
      this.#toClient.send({ kind: 'end' });
      return;
    }
    if (hole) this.stall(hole);
    this.#link = new ServerLink(server, (frame) => this.#send(frame));
    this.#phase = 'greeting';
    this.#toServer.send({ kind: 'connect', sessionId: session?.id ?? 0n, sessionTimeout, lastZxid });
  }

  #accepted(): void {
    this.#network.clock.atClient(this.#network.latency(), () => {
      // The answer of the server proves it as well, and may come first.
      if (this.#phase !== 'open' && this.#phase !== 'over') this.#handlers.reached();
    });
  }

  #send(frame: ServerFrame): void {
    const { random } = this.#network;
    const isTorn = frame.kind !== 'end' && this.#network.isRough && random.chance(0.01);
    if (isTorn) this.#toClient.send({ kind: 'partial' });
    const { handshakeShare } = this.server;
    const isSlow = frame.kind === 'connected' && handshakeShare > 0;
    const thinking = isSlow ? random.between(0.05, handshakeShare) * this.#sessionTimeout : 0;
    this.#toClient.send(frame, thinking + (isTorn ? random.between(0, 1_500) : 0));
  }

  #received(frame: ServerFrame): void {
    if (this.#phase === 'over') return;
    this.#network.trace(() => `  <- s${this.server.index} ${describe(frame)}`);
    switch (frame.kind) {
      case 'partial':
        return this.#handlers.receiving();
      case 'pong':
        return this.#handlers.heard(frame.zxid);
      case 'event':
        return this.#handlers.event(frame.event);
      case 'end':
        return this.#end(this.#phase === 'greeting' ? 'refused' : 'failed');
      case 'connected':
        if (!frame.handshake) return this.#end('expired');
        this.#phase = 'open';
        this.#openedAt = this.#network.clock.now;
        this.#handlers.heard(0n);
        return this.#handlers.opened(frame.handshake);
      case 'reply':
        return this.#replied(frame);
    }
  }

  #replied({ zxid, error, body }: ServerFrame & { kind: 'reply' }): void {
    const awaited = this.#awaited.shift();
    if (!awaited) throw new Error('a reply to nothing');
    this.#repliedAt = this.#network.clock.now;
    this.#handlers.heard(zxid);
    awaited.onReply(error, error === 0 ? awaited.wire.decode(new JuteReader(body)) : undefined);
  }

  #end(kind: ConnectionEnd['kind']): void {
    this.#hungUp();
    this.#handlers.closed({ kind, cause: new Error(`simulated: ${kind}`) });
  }

  #hungUp(): void {
    const { random } = this.#network;
    this.#phase = 'over';
    this.#network.forget(this);
    const kept = random.chance(0.7) ? this.#toServer.length : random.below(this.#toServer.length + 1);
    this.#toServer.cut(kept, { kind: 'end' });
    this.#toClient.cut(0);
  }
}

function describe(frame: ServerFrame): string {
  switch (frame.kind) {
    case 'reply':
      return `reply at ${frame.zxid}${frame.error === 0 ? '' : `, error ${frame.error}`}`;
    case 'event':
      return `${frame.event.type} ${frame.event.path}`;
    case 'connected':
      return frame.handshake ? `session ${frame.handshake.id}` : 'no such session';
    default:
      return frame.kind;
  }
}
