import type { WatchedEvent } from '../../../lib/core/coordination-client.js';
import { type Answer, DONE, refusal } from '../../../lib/embedded/requests/answer.js';
import { READS } from '../../../lib/embedded/requests/reads.js';
import { WATCH_REQUESTS } from '../../../lib/embedded/requests/watch-requests.js';
import { WRITES } from '../../../lib/embedded/requests/writes.js';
import type { EventTarget } from '../../../lib/embedded/tree/watch-manager.js';
import { JuteWriter } from '../../../lib/protocol/jute.js';
import type { Handshake } from '../../../lib/zookeeper/connection/connection.js';
import { readFrame } from './ensemble.js';
import type { SimulatedServer } from './simulated-server.js';

/** What a client sends. */
export type ClientFrame =
  | { readonly kind: 'connect'; readonly sessionId: bigint; readonly sessionTimeout: number; readonly lastZxid: bigint }
  | { readonly kind: 'request'; readonly frame: Buffer }
  | { readonly kind: 'ping' }
  | { readonly kind: 'end' };

/** What a server sends. */
export type ServerFrame =
  | { readonly kind: 'connected'; readonly handshake: Handshake | null }
  | { readonly kind: 'reply'; readonly zxid: bigint; readonly error: number; readonly body: Buffer }
  | { readonly kind: 'event'; readonly event: WatchedEvent }
  | { readonly kind: 'pong'; readonly zxid: bigint }
  | { readonly kind: 'partial' }
  | { readonly kind: 'end' };

const LEAST_TIMEOUT = 400;

/** A reply that waits until the server has the transaction that it is about. */
interface Held {
  readonly zxid: bigint;
  readonly answer: Answer;
  readonly isLast: boolean;
}

/** One connection as the server sees it: requests in order, one at a time. */
export class ServerLink implements EventTarget {
  sessionId: bigint | null = null;
  readonly #server: SimulatedServer;
  readonly #send: (frame: ServerFrame) => void;
  readonly #requests: ClientFrame[] = [];
  #held: Held | null = null;
  #greeting: (() => void) | null = null;
  #isOver = false;

  constructor(server: SimulatedServer, send: (frame: ServerFrame) => void) {
    this.#server = server;
    this.#send = send;
    server.links.add(this);
  }

  received(frame: ClientFrame): void {
    if (this.#isOver) return;
    this.#requests.push(frame);
    this.proceed();
  }

  notify(type: WatchedEvent['type'], path: string): void {
    const { defect, random } = this.#server.ensemble;
    if (this.#isOver || (defect === 'loses-events' && random.chance(0.05))) return;
    this.#send({ kind: 'event', event: { type, path } });
  }

  mayRead(): boolean {
    return true;
  }

  /** Goes on with what it could not do before. */
  proceed(): void {
    while (!this.#isOver && !this.#server.isFrozen) {
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

  /** The server has learnt that the session is gone: who did not ask for that is hung up on. */
  sessionEnded(): void {
    if (!this.#held?.isLast) this.end();
  }

  /** Hangs up, or finds that the client has. */
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
    const { lastZxid } = this.#server.database;
    if (frame.kind === 'ping') this.#send({ kind: 'pong', zxid: lastZxid });
    else this.#answer(frame.frame, this.sessionId);
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
    // A session counts once the server has the transaction that made it.
    const isByTransaction = sessionId === 0n && !ensemble.hasLocalSessions;
    this.#held = { zxid: isByTransaction ? ensemble.truth.lastZxid : 0n, answer: DONE, isLast: false };
    this.#greeting = () => this.#send({ kind: 'connected', handshake });
  }

  #answer(frame: Buffer, sessionId: bigint): void {
    const { ensemble, database } = this.#server;
    const { op, reader } = readFrame(frame);
    const read = READS[op] ?? WATCH_REQUESTS[op];
    if (op === 'sync') this.#hold(read?.(reader, this.#context(sessionId)) ?? DONE);
    else if (read) this.#reply(read(reader, this.#context(sessionId)), database.lastZxid);
    else if (!this.#isOwner(sessionId)) this.end();
    else if (op === 'closeSession') {
      this.#held = { zxid: ensemble.truth.lastZxid + 1n, answer: DONE, isLast: true };
      ensemble.endSession(sessionId);
    } else if (op in WRITES || op === 'multi') this.#hold(ensemble.change(sessionId, op, reader));
    else this.#reply(refusal(-6), database.lastZxid);
  }

  #context(sessionId: bigint) {
    return { database: this.#server.database, requester: { sessionId, identities: [] }, target: this };
  }

  /** Another connection may have taken the session over. */
  #isOwner(sessionId: bigint): boolean {
    return this.#server.ensemble.sessions.get(sessionId)?.owner === this;
  }

  #hold(answer: Answer): void {
    this.#held = { zxid: this.#server.ensemble.truth.lastZxid, answer, isLast: false };
  }

  #reply({ error, write }: Answer, zxid: bigint): void {
    const writer = new JuteWriter();
    write?.(writer);
    this.#send({ kind: 'reply', zxid, error, body: writer.bytes });
  }

  /** Who has seen more than this server is refused without asking anybody. */
  #needsLeader(frame: ClientFrame): boolean {
    const { database, ensemble } = this.#server;
    if (frame.kind === 'connect') {
      const isLocal = frame.sessionId === 0n && ensemble.hasLocalSessions;
      return frame.lastZxid <= database.lastZxid && !isLocal;
    }
    if (frame.kind !== 'request') return false;
    const { op } = readFrame(frame.frame);
    return op === 'sync' || !(op in READS || op in WATCH_REQUESTS);
  }
}
