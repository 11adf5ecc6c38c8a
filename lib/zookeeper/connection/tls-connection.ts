import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { WireRequest } from '../../protocol/requests.js';
import type {
  AuthInfo,
  Connection,
  ConnectionEnd,
  ConnectionHandlers,
  ConnectionOptions,
  ReplyHandler,
} from './connection.js';
import type { SaslMechanism } from './sasl/sasl-mechanism.js';
import { hungUp, hungUpLate, isOfTls, noTlsOptions, tlsFailure } from './tls-failures.js';
import type { TlsSource } from './tls-source.js';
import { WireProtocol } from './wire-protocol.js';

/** One connection over TLS: TCP first, then the options of TLS, then its handshake, then ZooKeeper's protocol. */
export class TlsConnection implements Connection {
  readonly #source: TlsSource;
  readonly #sasl: SaslMechanism | undefined;
  readonly #options: ConnectionOptions;
  readonly #handlers: ConnectionHandlers;
  readonly #socket: Socket;
  /** Undefined until the server has accepted the TCP connection and there are options. */
  #protocol: WireProtocol | undefined;
  #isSecure = false;
  #isOver = false;
  /** The first of the socket and of the stream above it. */
  #error: Error | undefined;
  readonly #noteError = (error: Error): void => {
    this.#error ??= error;
  };

  constructor(
    source: TlsSource,
    sasl: SaslMechanism | undefined,
    options: ConnectionOptions,
    handlers: ConnectionHandlers,
  ) {
    this.#source = source;
    this.#sasl = sasl;
    this.#options = options;
    this.#handlers = handlers;
    const { host, port, address = host } = options.server;
    this.#socket = connectTcp({ host: address, port, noDelay: true });
    this.#socket.once('connect', () => void this.#reached());
    this.#socket.on('error', this.#noteError);
    this.#socket.once('close', () => this.#socketClosed());
  }

  request<T>(wire: WireRequest<T>, onReply: ReplyHandler<T>): void {
    this.#protocol?.request(wire, onReply);
  }

  ping(): void {
    this.#protocol?.ping();
  }

  addAuth(auth: AuthInfo): void {
    this.#protocol?.addAuth(auth);
  }

  destroy(): void {
    this.#isOver = true;
    this.#protocol?.destroy();
    this.#socket.destroy();
  }

  async #reached(): Promise<void> {
    this.#handlers.reached();
    try {
      const options = await this.#source.next();
      if (!this.#isOver) this.#secure(options);
    } catch (error) {
      this.#end({ kind: 'tls-failed', cause: noTlsOptions(error), isAssumed: true });
    }
  }

  #secure(options: Awaited<ReturnType<TlsSource['next']>>): void {
    const { host } = this.#options.server;
    // The name of the connect string, not the address that it stood for: the certificate must be for it.
    const named = isIP(host) === 0 ? { servername: host } : {};
    const stream = connectTls({ ...named, ...options, host, socket: this.#socket });
    stream.on('error', this.#noteError);
    const handlers: ConnectionHandlers = {
      ...this.#handlers,
      reached: () => {
        this.#isSecure = true;
        this.#handlers.heard(0n);
      },
      closed: (end) => this.#end(this.#explained(end)),
    };
    this.#protocol = new WireProtocol(stream, 'secureConnect', this.#options, handlers, this.#sasl);
  }

  /** Recognises the refusals of TLS; with TLS 1.3 that of a client certificate comes after the handshake. */
  #explained(end: ConnectionEnd): ConnectionEnd {
    const error = this.#error;
    if (error && isOfTls(error, this.#isSecure)) return { kind: 'tls-failed', cause: tlsFailure(error) };
    if (!this.#isSecure) return { kind: 'tls-failed', cause: hungUp(error), isAssumed: true };
    // A server that does not serve yet hangs up too: trying again may be of use.
    return end.kind === 'refused' ? { kind: 'refused', cause: hungUpLate(error) } : end;
  }

  #socketClosed(): void {
    // Later the protocol notices, from the stream above.
    if (this.#protocol) return;
    const cause = this.#error ?? new Error('the server closed the connection');
    this.#end({ kind: 'failed', cause });
  }

  #end(end: ConnectionEnd): void {
    if (this.#isOver) return;
    this.destroy();
    this.#handlers.closed(end);
  }
}
