import type { WatchedEvent } from '../../../lib/core/coordination-client.js';
import { type Answer, DONE, refusal } from '../../../lib/embedded/requests/answer.js';
import type { Database } from '../../../lib/embedded/tree/database.js';
import type { WatchTarget } from '../../../lib/embedded/tree/watch-manager.js';
import { JuteWriter } from '../../../lib/protocol/jute.js';
import { OpCode } from '../../../lib/protocol/op-code.js';
import { ServerCode } from '../../../lib/protocol/server-code.js';
import type { Handshake } from '../../../lib/zookeeper/connection/connection.js';
import type { Leader } from './leader.js';
import { operationOf, readFrame } from './read-frame.js';

/** A frame from a client. */
export type ClientFrame =
  | { readonly kind: 'connect'; readonly sessionId: bigint; readonly sessionTimeout: number; readonly lastZxid: bigint }
  | { readonly kind: 'request'; readonly frame: Buffer }
  | { readonly kind: 'ping' }
  | { readonly kind: 'end' };

/** A frame from a server. */
export type ServerFrame =
  | { readonly kind: 'connected'; readonly handshake: Handshake | null }
  | { readonly kind: 'reply'; readonly zxid: bigint; readonly error: number; readonly body: Buffer }
  | { readonly kind: 'event'; readonly event: WatchedEvent }
  | { readonly kind: 'pong'; readonly zxid: bigint }
  | { readonly kind: 'partial' }
  | { readonly kind: 'end' };

const LEAST_TIMEOUT = 400;

/** An answer that waits until the server has applied the transaction with the zxid. */
interface Held {
  readonly zxid: bigint;
  readonly answer: Answer;
  readonly isLast: boolean;
}

/** How a server treats its connections. No connection recovers from an answer that was swallowed. */
export type Manners = 'serves' | 'answers-pings-only' | 'swallows-set-watches' | 'stops-reading' | 'ends-no-frame';

/** The server of a link, as the link sees it. */
export interface LinkedServer {
  readonly ensemble: Leader;
  readonly database: Database;
  readonly links: Set<ServerLink>;
  readonly isFrozen: boolean;
  readonly isPartitioned: boolean;
  readonly manners: Manners;
}

/** The server's side of a connection. It serves requests in order, one at a time. */
export class ServerLink implements WatchTarget {
  sessionId: bigint | null = null;
  readonly #server: LinkedServer;
  readonly #send: (frame: ServerFrame) => void;
  readonly #requests: ClientFrame[] = [];
  #held: Held | null = null;
  #greeting: (() => void) | null = null;
  #isOver = false;
  #hasSwallowedRequest = false;
  #hasSwallowedEvent = false;
  #isInFrame = false;
  /** The zxid of the last answer that was not swallowed. */
  #saidZxid = 0n;

  constructor(server: LinkedServer, send: (frame: ServerFrame) => void) {
    this.#server = server;
    this.#send = send;
    server.links.add(this);
  }

  /** Whether an answer was swallowed: nothing but pings is answered any more. */
  get isSpoilt(): boolean {
    return this.#hasSwallowedRequest || this.#isInFrame;
  }

  /** Whether a change was withheld that the client cannot ask for. */
  get isHushed(): boolean {
    return this.#hasSwallowedEvent && !this.isSpoilt;
  }

  /** Whether a later connection has taken the session over, or it has ended. */
  get isMoved(): boolean {
    return this.sessionId !== null && this.#server.ensemble.sessions.get(this.sessionId)?.owner !== this;
  }

  received(frame: ClientFrame): void {
    if (this.#isOver) return;
    this.#requests.push(frame);
    this.proceed();
  }

  notify(type: WatchedEvent['type'], path: string): void {
    const { defect, random } = this.#server.ensemble;
    if (this.#isOver || (defect === 'loses-events' && random.chance(0.05))) return;
    if (this.#hasSwallowedRequest || this.#server.manners === 'answers-pings-only') this.#hasSwallowedEvent = true;
    else this.#emit({ kind: 'event', event: { type, path } });
  }

  mayRead(): boolean {
    return true;
  }

  /** Continues with the held answer and the waiting requests. */
  proceed(): void {
    while (!this.#isOver && !this.#server.isFrozen && this.#server.manners !== 'stops-reading') {
      if (this.#held) {
        if (this.#server.database.lastZxid < this.#held.zxid) return;
        const { zxid, answer, isLast } = this.#held;
        this.#held = null;
        this.#greeting?.();
        if (!this.#greeting) this.#reply(answer, zxid);
        this.#greeting = null;
        if (isLast) return this.end();
      }
      const [next] = this.#requests;
      if (!next || (this.#server.isPartitioned && this.#needsLeader(next))) return;
      this.#requests.shift();
      this.#process(next);
    }
  }

  /** The server has applied the end of the session: unless this connection asked for it, it is closed. */
  sessionEnded(): void {
    if (!this.#held?.isLast) this.end();
  }

  /** Closes the connection, or notices that the client has closed it. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#server.links.delete(this);
    this.#server.database.watches.removeAll(this);
    this.#send({ kind: 'end' });
  }

  #process(frame: ClientFrame): void {
    if (frame.kind === 'end') return this.end();
    if (frame.kind === 'connect') return this.#greet(frame);
    if (this.sessionId === null) return this.end();
    if (!this.#server.isPartitioned) this.#server.ensemble.touch(this.sessionId);
    if (frame.kind === 'ping') this.#pong();
    else if (this.#swallows(frame.frame)) this.#hasSwallowedRequest = true;
    else this.#answer(frame.frame, this.sessionId);
  }

  /** Having swallowed something, it processes nothing any more: no honest server names a change that it withholds. */
  #pong(): void {
    const { database, manners } = this.#server;
    const isMute = manners === 'answers-pings-only' || this.#hasSwallowedRequest || this.#hasSwallowedEvent;
    if (!isMute) this.#saidZxid = database.lastZxid;
    this.#emit({ kind: 'pong', zxid: this.#saidZxid });
  }

  #swallows(frame: Buffer): boolean {
    const { manners } = this.#server;
    if (this.#hasSwallowedRequest || manners === 'answers-pings-only') return true;
    return manners === 'swallows-set-watches' && operationOf(frame) === OpCode.setWatches;
  }

  /** Sends a frame of an open connection. Once a frame has begun that never ends, all bytes belong to it. */
  #emit(frame: ServerFrame): void {
    if (this.#server.manners === 'ends-no-frame') this.#isInFrame = true;
    this.#send(this.#isInFrame ? { kind: 'partial' } : frame);
  }

  #greet({ sessionId, sessionTimeout, lastZxid }: ClientFrame & { kind: 'connect' }): void {
    const { ensemble, database } = this.#server;
    if (lastZxid > database.lastZxid && ensemble.defect !== 'shows-the-past') return this.end();
    const timeout = Math.max(sessionTimeout, LEAST_TIMEOUT);
    const session = sessionId === 0n ? ensemble.createSession(timeout) : ensemble.sessions.get(sessionId);
    if (!session) {
      this.#send({ kind: 'connected', handshake: null });
      return this.end();
    }
    session.owner = this;
    ensemble.touch(session.id);
    for (const link of [...this.#server.links]) if (link !== this && link.sessionId === session.id) link.end();
    this.sessionId = session.id;
    const handshake = { id: session.id, password: Buffer.alloc(16), sessionTimeout: timeout };
    // The server grants a new session once it has applied the transaction that created it.
    const isByTransaction = sessionId === 0n && !ensemble.hasLocalSessions;
    this.#held = { zxid: isByTransaction ? ensemble.truth.lastZxid : 0n, answer: DONE, isLast: false };
    this.#greeting = () => this.#send({ kind: 'connected', handshake });
  }

  #answer(frame: Buffer, sessionId: bigint): void {
    const { ensemble, database } = this.#server;
    const { tree, watches } = database;
    const { request, reader } = readFrame(frame);
    switch (request.type) {
      case 'read': {
        const requester = { sessionId, identities: [] };
        return this.#reply(request.answer(reader, { tree, watches, requester, target: this }), database.lastZxid);
      }
      case 'watches':
        return this.#reply(request.answer(reader, { tree, watches, target: this }), database.lastZxid);
      case 'sync':
        return this.#hold(request.answer(reader));
    }
    if (this.isMoved) return this.end();
    switch (request.type) {
      case 'write':
        return this.#hold(ensemble.write(sessionId, request.prepare, reader));
      case 'closeSession':
        this.#held = { zxid: ensemble.truth.lastZxid + 1n, answer: DONE, isLast: true };
        return ensemble.endSession(sessionId);
      default:
        return this.#reply(refusal(ServerCode.UNIMPLEMENTED), database.lastZxid);
    }
  }

  #hold(answer: Answer): void {
    this.#held = { zxid: this.#server.ensemble.truth.lastZxid, answer, isLast: false };
  }

  #reply({ error, write }: Answer, zxid: bigint): void {
    const writer = new JuteWriter();
    write?.(writer);
    this.#saidZxid = zxid;
    this.#emit({ kind: 'reply', zxid, error, body: writer.bytes });
  }

  /** A client with a later zxid than this server's is refused without the leader. */
  #needsLeader(frame: ClientFrame): boolean {
    const { database, ensemble } = this.#server;
    if (frame.kind === 'connect') {
      const isLocal = frame.sessionId === 0n && ensemble.hasLocalSessions;
      return frame.lastZxid <= database.lastZxid && !isLocal;
    }
    if (frame.kind !== 'request') return false;
    const { type } = readFrame(frame.frame).request;
    return type !== 'read' && type !== 'watches';
  }
}
