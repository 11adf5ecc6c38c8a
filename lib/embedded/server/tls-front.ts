import { AsyncLocalStorage } from 'node:async_hooks';
import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';
import { LastingTrouble, type Line } from '../../core/lasting-trouble.js';
import type { Logger } from '../../core/logger.js';
import { reasonOf } from '../../core/reason.js';
import { subjectOf } from '../authentication/x500-name.js';
import { EMBEDDED_LIMITS } from '../limits.js';
import { Gate } from './gate.js';
import type { Peer } from './server-connection.js';
import type { Front } from './service.js';
import { Sweep } from './sweep.js';

const { handshakeTimeout } = EMBEDDED_LIMITS;

/** A connection whose TLS handshake is done. */
export type OnSecure = (socket: TLSSocket, peer: Peer) => void;

/** Conducts the TLS handshakes of the connections that have been accepted. */
export class TlsFront implements Front {
  readonly #server: Server;
  readonly #onSecure: OnSecure;
  /** The connections whose handshake is not done. */
  readonly #gates = new Set<Gate>();
  /** The connection that an event of the TLS server belongs to: such an event has no other mark of it. */
  readonly #current = new AsyncLocalStorage<Gate>();
  readonly #sweep = new Sweep(handshakeTimeout / 2, () => this.#cutOverdue());
  readonly #trouble: LastingTrouble;
  #isSilent = false;

  /** @param server does not listen */
  constructor(server: Server, logger: Logger, onSecure: OnSecure) {
    this.#server = server;
    this.#onSecure = onSecure;
    this.#trouble = new LastingTrouble(logger);
    server.on('secureConnection', (socket: TLSSocket) => this.#secured(socket));
    server.on('tlsClientError', (error: Error, socket: TLSSocket) => this.#failed(error, socket));
  }

  /** Starts the handshake of a connection. */
  accept(socket: Socket): void {
    const gate = new Gate(socket);
    gate.setSilent(this.#isSilent);
    this.#gates.add(gate);
    // Later, because TLS may have a better reason for the end.
    for (const event of ['end', 'close']) gate.once(event, () => setImmediate(() => this.#hungUp(gate)));
    this.#sweep.arm();
    this.#current.run(gate, () => this.#server.emit('connection', gate));
  }

  /** Whether handshakes, begun ones too, are left unanswered. */
  setSilent(silent: boolean): void {
    this.#isSilent = silent;
    for (const gate of this.#gates) gate.setSilent(silent);
  }

  /** Destroys the connections whose handshake is not done. */
  drop(): void {
    this.#sweep.stop();
    for (const gate of this.#gates) this.#destroy(gate);
  }

  /** Writes the lines of the log that are due later. No connection is accepted any more. */
  close(): void {
    this.drop();
    this.#trouble.end();
  }

  #destroy(gate: Gate): void {
    gate.isSettled = true;
    this.#gates.delete(gate);
    gate.destroy();
  }

  #secured(socket: TLSSocket): void {
    const gate = this.#current.getStore();
    if (!gate || gate.isSettled) {
      socket.destroy();
      return;
    }
    gate.isSettled = true;
    this.#gates.delete(gate);
    socket.once('close', () => gate.destroy());
    const { peer } = gate;
    try {
      const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
      const own = certificate ? [{ scheme: 'x509', id: subjectOf(certificate.raw) }] : [];
      this.#onSecure(socket, { ...peer, identities: [...peer.identities, ...own] });
    } catch (error) {
      socket.destroy();
      this.#report(gate, 'subject', 'warn', `the subject of its certificate cannot be read: ${reasonOf(error)}`);
    }
  }

  #hungUp(gate: Gate): void {
    if (gate.isSettled) return;
    this.#destroy(gate);
    this.#report(gate, 'hung up', 'info', 'the client hung up');
  }

  #failed(error: Error, socket: TLSSocket): void {
    const gate = this.#current.getStore();
    socket.destroy();
    // The server itself has destroyed the others.
    if (!gate || gate.isSettled) return;
    this.#destroy(gate);
    const { code, reason } = error as { code?: string; reason?: string };
    const { authorizationError } = socket as { authorizationError?: Error | string };
    if (authorizationError) {
      const why = `its certificate is refused (${authorizationError})`;
      this.#report(gate, String(authorizationError), 'warn', why);
    } else this.#report(gate, code ?? error.message, 'warn', reason ?? error.message);
  }

  /** Cuts connections whose handshake is overdue. Returns whether others still wait for theirs. */
  #cutOverdue(): boolean {
    if (this.#isSilent) return this.#gates.size > 0;
    for (const gate of this.#gates) {
      if (performance.now() - gate.since < handshakeTimeout) continue;
      this.#destroy(gate);
      this.#report(gate, 'overdue', 'warn', `it was not done within ${handshakeTimeout / 1_000} s`);
    }
    return this.#gates.size > 0;
  }

  /** Writes one line for each kind of failure, and another one from time to time while it lasts. */
  #report({ peer }: Gate, kind: string, level: Line['level'], why: string): void {
    const { remote } = peer;
    const message = `the embedded server ended the connection of ${remote} in its TLS handshake: ${why}`;
    this.#trouble.report(kind, { level, details: { remote }, message });
  }
}
