import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { dispatch } from '../../../lib/embedded/requests/dispatch.js';
import { JuteReader } from '../../../lib/protocol/jute.js';
import type { WireRequest } from '../../../lib/protocol/requests.js';
import { SeededRandom } from '../../../testing/seeded-random.js';
import { VirtualClock } from '../../../testing/virtual-clock.js';
import type { Frame } from './frame-mutations.js';
import type { Lane } from './lane.js';
import type { FrameKind } from './reply-shapes.js';
import { StageServer } from './stage-server.js';
import { Wire, type WireHost } from './wire.js';

const [OP_OFFSET, RECORD_OFFSET] = [8, 12];

/** How a server of the stage treats its connections, beyond what a correct one does. */
export interface Manners {
  /** Whether a connection is accepted, or else reset. */
  accepts?(): boolean;
  requested?(kind: FrameKind, lane: Lane): void;
  handle?(frame: Frame, lane: Lane): void;
}

/** Client and server in one process, on a virtual clock and without a network: every byte between them passes here. */
export class Stage implements WireHost, Disposable {
  readonly random: SeededRandom;
  readonly clock: VirtualClock;
  readonly server: StageServer;
  readonly wires: Wire[] = [];
  readonly story: string[] | null;
  /** Frames that the client has sent. */
  requests = 0;
  #manners: Manners;
  readonly #restores: (() => void)[];

  constructor(seed: number, manners: Manners = {}, isRecorded = false) {
    this.random = new SeededRandom(seed);
    this.#manners = manners;
    this.story = isRecorded ? [] : null;
    this.clock = new VirtualClock(this.random);
    this.#restores = [this.clock.install(), this.#replaceConnect()];
    this.server = new StageServer();
  }

  /** From now on the server behaves so. */
  behave(manners: Manners): void {
    this.#manners = manners;
  }

  isBehaving(manners: Manners): boolean {
    return this.#manners === manners;
  }

  latency(): number {
    return this.random.between(0.2, 2);
  }

  requested(kind: FrameKind, lane: Lane): void {
    this.requests += 1;
    this.trace(() => `-> ${kind}`);
    this.#manners.requested?.(kind, lane);
  }

  handle(frame: Frame, lane: Lane): void {
    this.trace(() => `<- ${frame.kind} ${frame.bytes.subarray(4, 64).toString('hex')}`);
    if (this.#manners.handle) this.#manners.handle(frame, lane);
    else lane.pass(frame.bytes);
  }

  /** A write of a client in another process. Returns the server's error number. */
  write(wire: WireRequest<unknown>): number {
    const request = dispatch(wire.frame.readInt32BE(OP_OFFSET));
    if (request.type !== 'write') throw new Error(`${wire.name} is not a write`);
    const requester = { sessionId: 0n, identities: [] };
    const reader = new JuteReader(wire.frame, RECORD_OFFSET);
    const { txn, answer } = request.prepare(reader, this.server.database.tree, requester);
    const { error } = answer(this.server.commit(0n, txn));
    this.server.outbox.flush();
    return error;
  }

  trace(line: () => string): void {
    this.story?.push(`${this.clock.now.toFixed(1).padStart(9)} ${line()}`);
  }

  [Symbol.dispose](): void {
    this.server.close();
    for (const restore of this.#restores) restore();
  }

  /** Every connection that this process opens leads here. */
  #replaceConnect(): () => void {
    const { connect } = net;
    net.connect = (() => this.#connect()) as unknown as typeof connect;
    syncBuiltinESMExports();
    return () => {
      net.connect = connect;
      syncBuiltinESMExports();
    };
  }

  #connect(): Wire['client'] {
    const wire = new Wire(this);
    this.wires.push(wire);
    this.trace(() => `connection ${this.wires.length}`);
    if (this.#manners.accepts?.() === false) wire.client.arriveReset();
    return wire.client;
  }
}
