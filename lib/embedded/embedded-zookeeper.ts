import type { AddressInfo } from 'node:net';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import { atCaller } from '../core/at-caller.js';
import { InvalidArgumentError, ZooKeeperError } from '../core/errors.js';
import { isLoopback } from '../core/loopback.js';
import { describe } from '../core/validation.js';
import { JuteReader } from '../protocol/jute.js';
import { hex } from './hex.js';
import type { Files } from './journal/files.js';
import { Journal, type JournalOptions } from './journal/journal.js';
import { EMBEDDED_LIMITS } from './limits.js';
import {
  BEHAVIOUR,
  type CompleteOptions,
  type EmbeddedZooKeeperOptions,
  JOURNAL,
  toCompleteOptions,
} from './options.js';
import { type Peer, ServerConnection } from './server/server-connection.js';
import { Service } from './server/service.js';
import { TlsFront } from './server/tls-front.js';
import type { ServerSession } from './sessions/server-session.js';
import { Database } from './tree/database.js';
import { readSnapshot } from './tree/snapshot.js';
import { decodeTxn } from './tree/txn.js';

/**
 * A single ZooKeeper server in this process, on a real TCP port: any ZooKeeper client can connect to it. For tests,
 * demos and development. It has no replicas, so production needs an ensemble of real servers.
 *
 * Methods cause the faults that tests need: they expire sessions, drop connections, silence the server, and stop and
 * restart it.
 *
 * @example
 * ```ts
 * import { DataWatch, ZooKeeperClient } from 'zk-recipes';
 * import { EmbeddedZooKeeper } from 'zk-recipes/embedded';
 *
 * await using server = await EmbeddedZooKeeper.start();
 * await using client = await new ZooKeeperClient(server.connectString).connect();
 * await client.create('/config', 'on');
 * const watch = new DataWatch(client, '/config', (data) => console.log(String(data)));
 * await watch.ready;
 * if (client.sessionId !== null) server.expireSession(client.sessionId); // the watch continues in a new session
 * ```
 */
export class EmbeddedZooKeeper {
  readonly #options: CompleteOptions;
  readonly #service: Service;
  readonly #journal: Journal | null;
  readonly #front: TlsFront | null;
  #listener: Server | null = null;
  #port = 0;
  #isClosed = false;
  /** The error that ended the server by itself. */
  #failure: Error | null = null;
  /** Serialises starts and stops. */
  #transition: Promise<void> = Promise.resolve();

  private constructor(options: CompleteOptions, service: Service, journal: Journal | null) {
    this.#options = options;
    this.#service = service;
    this.#journal = journal;
    this.#front =
      options.tls && new TlsFront(options.tls, options.logger, (socket, peer) => this.#accept(socket, peer));
    service.front = this.#front;
  }

  /**
   * Starts a server. It accepts connections when the promise resolves.
   *
   * @throws {@link InvalidArgumentError} for an invalid option, also a certificate, key or passphrase that cannot be
   * used.
   * @throws {@link ZooKeeperError} `LISTEN_FAILED` when the port is taken or the address is not one of this machine.
   * @throws {@link DataDamagedError} when a file of `dataDir` is damaged; the error has its name and the offset.
   * @throws {@link DataLockedError} when another server uses `dataDir`.
   * @throws {@link DataIoError} when the operating system fails to read or write `dataDir`.
   */
  static async start(options?: EmbeddedZooKeeperOptions): Promise<EmbeddedZooKeeper> {
    const complete = toCompleteOptions(options);
    const database = new Database(complete[BEHAVIOUR].recursiveEventsOf);
    let service: Service | null = null;
    let server: EmbeddedZooKeeper | null = null;
    const journal =
      complete.dataDir === null
        ? null
        : await openJournal(complete.dataDir, database, complete[JOURNAL].files, {
            ...complete[JOURNAL],
            onSynced: () => service?.outbox.release(),
            onFailed: (error) => {
              if (server) server.#failed(error);
            },
          });
    if (journal?.cut) {
      const { file, offset, bytes } = journal.cut;
      complete.logger.warn(journal.cut, `the last record of ${file} was torn: cut off ${bytes} bytes at ${offset}`);
    }
    service = new Service(database, journal, { ...complete, behaviour: complete[BEHAVIOUR] });
    server = new EmbeddedZooKeeper(complete, service, journal);
    server.#port = complete.port;
    try {
      await server.#listen();
    } catch (error) {
      await journal?.close();
      return atCaller(error);
    }
    return server;
  }

  /** The TCP port. It stays the same over a restart. */
  get port(): number {
    return this.#port;
  }

  /** The connect string for clients: host and port. */
  get connectString(): string {
    const host = CLIENT_HOSTS[this.#options.host] ?? this.#options.host;
    return `${isIPv6(host) ? `[${host}]` : host}:${this.#port}`;
  }

  /**
   * Expires a session at once, as if it had timed out. Its ephemeral znodes are deleted when this returns, and its
   * connection is destroyed. Its client learns of the expiry when it reconnects.
   *
   * @throws {@link InvalidArgumentError} when the server has no such session.
   */
  expireSession(sessionId: bigint): void {
    this.#service.expireSession(this.#session(sessionId));
  }

  /**
   * Destroys all connections, or that of one session. Sessions continue, and clients may reconnect at once.
   *
   * @throws {@link InvalidArgumentError} when the server has no such session.
   */
  dropConnections(sessionId?: bigint): void {
    if (sessionId === undefined) this.#service.dropConnections();
    else this.#session(sessionId).connection?.destroy();
  }

  /**
   * Silences the server: connections stay open and are accepted, but the server neither reads nor writes. Given a
   * session's id, it is silent towards that session alone, on all of its connections. The session's timeout runs on,
   * and it expires unless it is thawed in time.
   *
   * @throws {@link InvalidArgumentError} when the server has no such session.
   */
  freeze(sessionId?: bigint): void {
    this.#service.freeze(sessionId === undefined ? undefined : this.#session(sessionId));
  }

  /**
   * Ends the silence and answers the requests that have arrived. Sessions whose timeout has passed in the silence
   * expire before anything is read.
   *
   * @throws {@link InvalidArgumentError} when the server has no such session.
   */
  thaw(sessionId?: bigint): void {
    this.#service.thaw(sessionId === undefined ? undefined : this.#session(sessionId));
  }

  /**
   * Destroys all connections and stops listening. The object keeps data and sessions. Idempotent.
   *
   * @throws {@link DataIoError} when the last transactions did not reach the disk.
   */
  async stop(): Promise<void> {
    await this.#then(() => this.#shut()).catch(atCaller);
  }

  /**
   * Listens again on the same port, with the same data and sessions. The timeouts of all sessions start again. Stops
   * a running server first.
   *
   * @throws {@link ZooKeeperError} `LISTEN_FAILED` when another process has taken the port, `SERVER_CLOSED` after
   * `close()`.
   */
  async restart(): Promise<void> {
    const step = async (): Promise<void> => {
      this.#requireOpen();
      await this.#shut();
      await this.#listen();
    };
    await this.#then(step).catch(atCaller);
  }

  /** Stops for good and releases the port, the timers, the sockets and `dataDir`. Idempotent. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.#then(async () => {
      // A failure of the log was reported before. The journal is closed all the same.
      await this.#shut().catch(() => {});
      this.#front?.close();
      await this.#journal?.close();
    });
  }

  /** The same as {@link EmbeddedZooKeeper.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #then(step: () => Promise<void>): Promise<void> {
    const done = this.#transition.then(step);
    this.#transition = done.catch(() => {});
    return done;
  }

  #requireOpen(): void {
    if (!this.#isClosed) return;
    const cause = this.#failure;
    const how = cause ? `has ended because it could not write its data (${cause.message})` : 'was closed';
    throw new ZooKeeperError('SERVER_CLOSED', `the embedded server ${how}: start another`, cause ? { cause } : {});
  }

  #session(id: bigint): ServerSession {
    this.#requireOpen();
    const session = typeof id === 'bigint' ? this.#service.database.sessions.get(id) : undefined;
    if (session) return session;
    const name = typeof id === 'bigint' ? hex(id) : describe(id);
    throw new InvalidArgumentError(`sessionId must be a session of this server, but there is no session ${name}`);
  }

  async #listen(): Promise<void> {
    const { host, logger } = this.#options;
    const front = this.#front;
    // TLS ends its own side of a connection, after its last words.
    const listener = createServer({ allowHalfOpen: front !== null }, (socket) =>
      front ? front.accept(socket) : this.#accept(socket),
    );
    await new Promise<void>((resolve, reject) => {
      listener.once('error', (cause) => {
        const message = `the embedded server cannot listen on ${host}:${this.#port}: ${cause.message}`;
        reject(new ZooKeeperError('LISTEN_FAILED', message, { cause }));
      });
      listener.listen({ port: this.#port, host, backlog: EMBEDDED_LIMITS.listenBacklog }, resolve);
    });
    this.#listener = listener;
    this.#port = (listener.address() as AddressInfo).port;
    this.#service.resume();
    logger.info({ port: this.#port, host }, `the embedded server listens on ${this.connectString}`);
    if (!isLoopback(host)) {
      logger.warn({ host }, `the embedded server listens on ${host}: every host that reaches it can change all data`);
    }
  }

  #accept(socket: Socket, peer?: Peer): void {
    this.#service.accept(new ServerConnection(socket, this.#service, peer));
  }

  async #shut(): Promise<void> {
    const listener = this.#listener;
    this.#listener = null;
    this.#service.suspend();
    if (listener) await new Promise((resolve) => listener.close(resolve));
    await this.#journal?.flushed();
  }

  /** Ends the server: it must not acknowledge transactions that are not on disk. */
  #failed(error: Error): void {
    this.#failure = error;
    this.#isClosed = true;
    this.#options.logger.error(
      { error },
      `the embedded server ends because it cannot write its data: ${error.message}`,
    );
    void this.close();
  }
}

/** The addresses for clients when the server listens on all addresses. */
const CLIENT_HOSTS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

function openJournal(
  folder: string,
  database: Database,
  files: Files | undefined,
  options: JournalOptions,
): Promise<Journal> {
  const recovery = {
    snapshot: (zxid: bigint, bytes: Buffer) => readSnapshot(database, zxid, bytes),
    transaction(zxid: bigint, bytes: Buffer) {
      const [header, txn] = decodeTxn(zxid, new JuteReader(bytes));
      database.apply(header, txn);
    },
  };
  return Journal.open(folder, recovery, options, files);
}
