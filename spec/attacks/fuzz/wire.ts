import type { Socket } from 'node:net';
import { ServerConnection } from '../../../lib/embedded/server/server-connection.js';
import { FrameSplitter } from '../../../lib/protocol/frame-splitter.js';
import { OpCode } from '../../../lib/protocol/op-code.js';
import { MemorySocket } from '../../../testing/memory-socket.js';
import type { VirtualClock } from '../../../testing/virtual-clock.js';
import { Arrivals } from './arrivals.js';
import type { Frame } from './frame-mutations.js';
import { Lane } from './lane.js';
import { FRAME_KINDS, type FrameKind } from './reply-shapes.js';
import type { StageServer } from './stage-server.js';

const [XID_OFFSET, OP_OFFSET] = [4, 8];
const [NOTIFICATION, PING, AUTH] = [-1, -2, -4];

const KIND_OF_OP = new Map(
  Object.entries(OpCode).flatMap(([name, op]): [number, FrameKind][] =>
    FRAME_KINDS.includes(name as FrameKind) ? [[op, name as FrameKind]] : [],
  ),
);

/** The surroundings of a connection. */
export interface WireHost {
  readonly clock: VirtualClock;
  readonly server: StageServer;
  latency(): number;
  /** A frame of the client. */
  requested(kind: FrameKind, lane: Lane): void;
  /** Sends a frame of the server on its way. */
  handle(frame: Frame, lane: Lane): void;
}

/** One connection: the sockets of both sides, and the frames between them. */
export class Wire {
  readonly client: MemorySocket;
  readonly lane: Lane;
  readonly #server: MemorySocket;
  readonly #toServer: Arrivals;
  readonly #host: WireHost;
  readonly #fromClient = new FrameSplitter();
  readonly #fromServer = new FrameSplitter();
  readonly #kinds = new Map<number, FrameKind>();
  #isGreeted = false;
  #isAnswered = false;

  constructor(host: WireHost) {
    this.#host = host;
    this.client = new MemorySocket({
      written: (bytes) => this.#fromClientCame(bytes),
      finished: () => this.#toServer.add(() => this.#server.arriveEnd()),
    });
    this.#server = new MemorySocket({
      written: (bytes) => this.#fromServerCame(bytes),
      finished: () => this.lane.end('fin'),
    });
    const { clock } = host;
    const latency = () => host.latency();
    this.lane = new Lane(clock, latency, () => this.client);
    this.#toServer = new Arrivals(
      () => clock.now,
      latency,
      (delay, run) => clock.inWorld(delay, run),
    );
    clock.atClient(latency(), () => this.#connected());
  }

  #connected(): void {
    if (this.client.destroyed) return;
    const { server } = this.#host;
    server.connections.add(new ServerConnection(this.#server as unknown as Socket, server));
    this.client.emit('connect');
  }

  #fromClientCame(bytes: Buffer): void {
    this.#fromClient.push(bytes);
    for (let frame = this.#fromClient.next(); frame; frame = this.#fromClient.next()) this.#requested(frame);
    this.#toServer.add(() => this.#server.arrive(bytes));
  }

  #requested(frame: Buffer): void {
    const kind = this.#isGreeted ? KIND_OF_OP.get(frame.readInt32BE(OP_OFFSET)) : 'handshake';
    if (!kind) throw new Error(`the client sent the operation ${frame.readInt32BE(OP_OFFSET)}`);
    if (this.#isGreeted) this.#kinds.set(frame.readInt32BE(XID_OFFSET), kind);
    this.#isGreeted = true;
    this.#host.requested(kind, this.lane);
  }

  #fromServerCame(bytes: Buffer): void {
    this.#fromServer.push(bytes);
    for (let frame = this.#fromServer.next(); frame; frame = this.#fromServer.next()) {
      this.#host.handle({ kind: this.#kindOf(frame), bytes: frame }, this.lane);
    }
    this.lane.flush();
  }

  #kindOf(frame: Buffer): FrameKind {
    if (!this.#isAnswered) {
      this.#isAnswered = true;
      return 'handshake';
    }
    const xid = frame.readInt32BE(XID_OFFSET);
    if (xid === NOTIFICATION) return 'notification';
    if (xid === PING) return 'ping';
    if (xid === AUTH) return 'auth';
    const kind = this.#kinds.get(xid);
    if (!kind) throw new Error(`the server answered ${xid}, which was not asked`);
    this.#kinds.delete(xid);
    return kind;
  }
}
