import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type Peer, peerOf } from './server-connection.js';

/** The bytes of a TCP connection on their way to TLS and back, which can be stopped in the middle of a handshake. */
export class Gate extends Duplex {
  readonly since = performance.now();
  readonly peer: Peer;
  /** Whether the outcome of the handshake is known. */
  isSettled = false;
  readonly #socket: Socket;
  #isSilent = false;
  #isWanted = false;
  /** Writes what arrived during the silence. */
  #held: (() => void) | null = null;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    this.peer = peerOf(socket);
    socket.setNoDelay(true);
    socket.pause();
    socket.on('data', (chunk) => {
      if (this.push(chunk)) return;
      this.#isWanted = false;
      socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', () => {});
    socket.on('close', () => this.destroy());
    // The user of the gate is TLS, which learns of an end by the event 'close'.
    this.on('error', () => {});
  }

  /** Whether nothing is read or written. */
  setSilent(silent: boolean): void {
    this.#isSilent = silent;
    if (silent) {
      this.#socket.pause();
      return;
    }
    const held = this.#held;
    this.#held = null;
    held?.();
    if (this.#isWanted) this.#socket.resume();
  }

  override _read(): void {
    this.#isWanted = true;
    if (!this.#isSilent) this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const write = (): void => void this.#socket.write(chunk, done);
    if (this.#isSilent) this.#held = write;
    else write();
  }

  override _final(done: (error?: Error | null) => void): void {
    const end = (): void => {
      this.#socket.end();
      done();
    };
    if (this.#isSilent) this.#held = end;
    else end();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#held = null;
    this.#socket.destroy();
    done(error);
  }
}
