import type { AddressInfo } from 'node:net';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import { InvalidArgumentError, ZooKeeperError } from '../core/errors.js';
import { quote } from '../core/validation.js';
import { JuteReader } from '../protocol/jute.js';
import type { Files } from './journal/files.js';
import { Journal, type JournalOptions } from './journal/journal.js';
import { type CompleteOptions, type EmbeddedZooKeeperOptions, JOURNAL, toCompleteOptions } from './options.js';
import { ServerConnection } from './server/server-connection.js';
import { Service } from './server/service.js';
import { hex, type Session } from './sessions/session.js';
import { Database } from './tree/database.js';
import { readSnapshot } from './tree/snapshot.js';
import { decodeTransaction } from './tree/transaction.js';

/**
 * A single ZooKeeper server in this process, on a real TCP port: any ZooKeeper client can connect to it. For tests,
 * demos and development; it has no replicas, so production runs on an ensemble of real ones.
 *
 * What a test needs beyond a server, it does on command: sessions expire, connections break, the server falls silent or
 * goes down and comes back.
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
 * if (client.sessionId !== null) server.expireSession(client.sessionId); // the watch goes on in a new session
 * ```
 */
export class EmbeddedZooKeeper {
  readonly #options: CompleteOptions;
  readonly #service: Service;
  readonly #journal: Journal | null;
  #listener: Server | null = null;
  #port = 0;
  #isClosed = false;
  /** Why it has ended by itself. */
  #failure: Error | null = null;
  /** Starts and stops happen one after the other. */
  #transition: Promise<void> = Promise.resolve();

  private constructor(options: CompleteOptions, service: Service, journal: Journal | null) {
    this.#options = options;
    this.#service = service;
    this.#journal = journal;
  }

  /**
   * Starts a server. When the promise resolves it takes connections.
   *
   * @throws {@link InvalidArgumentError} for options that make no sense.
   * @throws {@link ZooKeeperError} `LISTEN_FAILED` when the port is taken or the address is none of this machine's.
   * @throws {@link DataDamagedError} when `dataDir` holds what cannot be read, naming file and offset.
   * @throws {@link DataLockedError} when another server uses `dataDir`, {@link DataIoError} when it cannot be read or written.
   */
  static async start(options?: EmbeddedZooKeeperOptions): Promise<EmbeddedZooKeeper> {
    const complete = toCompleteOptions(options);
    const database = new Database();
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
    service = new Service(database, journal, complete);
    server = new EmbeddedZooKeeper(complete, service, journal);
    server.#port = complete.port;
    try {
      await server.#listen();
    } catch (error) {
      await journal?.close();
      throw error;
    }
    return server;
  }

  /** The TCP port; the same after a restart. */
  get port(): number {
    return this.#port;
  }

  /** Host and port, for clients. */
  get connectString(): string {
    const host = CLIENT_HOSTS[this.#options.host] ?? this.#options.host;
    return `${isIPv6(host) ? `[${host}]` : host}:${this.#port}`;
  }

  /**
   * Ends a session at once, as if it had timed out: its ephemeral znodes are gone when this returns, its connection is
   * cut, and its client is told when it comes back.
   *
   * @throws {@link InvalidArgumentError} when there is no such session.
   */
  expireSession(sessionId: bigint): void {
    this.#service.expireSession(this.#session(sessionId));
  }

  /**
   * Cuts every connection, or that of one session. Sessions live on, and clients may come back at once.
   *
   * @throws {@link InvalidArgumentError} when there is no such session.
   */
  dropConnections(sessionId?: bigint): void {
    if (sessionId === undefined) this.#service.dropConnections();
    else this.#session(sessionId).connection?.destroy();
  }

  /**
   * Falls silent: connections stay open and are accepted, but nothing is read, answered or told. With a session's id,
   * for that session alone, on whatever connection it tries; time goes on for it, and it expires unless it is thawed.
   *
   * @throws {@link InvalidArgumentError} when there is no such session.
   */
  freeze(sessionId?: bigint): void {
    this.#service.freeze(sessionId === undefined ? undefined : this.#session(sessionId));
  }

  /**
   * Speaks again, and answers what has come meanwhile. Sessions whose timeout has passed in the silence expire before
   * anything is read.
   *
   * @throws {@link InvalidArgumentError} when there is no such session.
   */
  thaw(sessionId?: bigint): void {
    this.#service.thaw(sessionId === undefined ? undefined : this.#session(sessionId));
  }

  /**
   * Cuts all connections and stops listening. Data and sessions are kept in this object. Idempotent.
   *
   * @throws {@link DataIoError} when the last writes did not reach the disk.
   */
  stop(): Promise<void> {
    return this.#then(() => this.#shut());
  }

  /**
   * Listens again, on the same port, with the same data and sessions, each of which has its whole timeout again. A server
   * that runs is stopped first.
   *
   * @throws {@link ZooKeeperError} `LISTEN_FAILED` when the port has been taken meanwhile, `SERVER_CLOSED` after close().
   */
  restart(): Promise<void> {
    return this.#then(async () => {
      this.#requireOpen();
      await this.#shut();
      await this.#listen();
    });
  }

  /** Stops for good, and lets go of the port, the timers, the sockets and `dataDir`. Idempotent. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.#then(async () => {
      // A log that cannot be written has been reported, and is closed all the same.
      await this.#shut().catch(() => {});
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
    const how = cause ? `has ended, for it could not write its data (${cause.message})` : 'was closed';
    throw new ZooKeeperError('SERVER_CLOSED', `the embedded server ${how}: start another`, cause ? { cause } : {});
  }

  #session(id: bigint): Session {
    this.#requireOpen();
    const session = typeof id === 'bigint' ? this.#service.database.sessions.get(id) : undefined;
    if (session) return session;
    const name = typeof id === 'bigint' ? hex(id) : quote(id);
    throw new InvalidArgumentError(`sessionId must be a session of this server, but there is no session ${name}`);
  }

  async #listen(): Promise<void> {
    const { host, logger } = this.#options;
    const listener = createServer((socket) => this.#accept(socket));
    await new Promise<void>((resolve, reject) => {
      listener.once('error', (cause) => {
        const message = `the embedded server cannot listen on ${host}:${this.#port}: ${cause.message}`;
        reject(new ZooKeeperError('LISTEN_FAILED', message, { cause }));
      });
      listener.listen({ port: this.#port, host, backlog: 4_096 }, resolve);
    });
    this.#listener = listener;
    this.#port = (listener.address() as AddressInfo).port;
    this.#service.resume();
    logger.info({ port: this.#port, host }, `the embedded server listens on ${this.connectString}`);
    if (!isLoopback(host)) {
      logger.warn({ host }, `the embedded server listens on ${host}: whoever reaches it can change everything`);
    }
  }

  #accept(socket: Socket): void {
    this.#service.accept(new ServerConnection(socket, this.#service));
  }

  async #shut(): Promise<void> {
    const listener = this.#listener;
    this.#listener = null;
    this.#service.suspend();
    if (listener) await new Promise((resolve) => listener.close(resolve));
    await this.#journal?.flushed();
  }

  /** What is not on disk must not be told: nothing more is. */
  #failed(error: Error): void {
    this.#failure = error;
    this.#isClosed = true;
    this.#options.logger.error({ error }, `the embedded server ends, for it cannot write its data: ${error.message}`);
    void this.close();
  }
}

/** What a client connects to when the server listens on every address. */
const CLIENT_HOSTS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

function openJournal(
  folder: string,
  database: Database,
  files: Files | undefined,
  options: JournalOptions,
): Promise<Journal> {
  const recovery = {
    snapshot: (zxid: bigint, bytes: Buffer) => readSnapshot(database, zxid, bytes),
    transaction(zxid: bigint, bytes: Buffer) {
      const [header, transaction] = decodeTransaction(zxid, new JuteReader(bytes));
      database.apply(header, transaction);
    },
  };
  return Journal.open(folder, recovery, options, files);
}
