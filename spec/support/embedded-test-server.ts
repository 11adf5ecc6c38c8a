import { readFileSync } from 'node:fs';
import { type EmbeddedTlsOptions, EmbeddedZooKeeper, type EmbeddedZooKeeperOptions } from '../../lib/embedded/index.js';
import { fourLetterWord } from '../../testing/four-letter-word.js';
import { RecordingLogger } from '../../testing/recording-logger.js';
import type { SessionCredentials } from '../../testing/session-killer.js';
import type { ServerTls } from '../../testing/zookeeper-config.js';
import type { TestServer, TestServerOptions } from './test-server-interface.js';

/** An embedded server in this process that can be handled as a real one. */
export class EmbeddedTestServer implements TestServer {
  readonly port: number;
  readonly connectString: string;
  readonly #options: EmbeddedZooKeeperOptions;
  #server: EmbeddedZooKeeper;

  private constructor(server: EmbeddedZooKeeper, options: EmbeddedZooKeeperOptions) {
    this.port = server.port;
    this.connectString = server.connectString;
    this.#options = { ...options, port: server.port };
    this.#server = server;
  }

  static async start({ timeToLive: _hasAlways, tls, ...others }: TestServerOptions): Promise<EmbeddedTestServer> {
    const options = { tickTime: 200, logger: new RecordingLogger(), ...others, ...(tls && { tls: toTlsOptions(tls) }) };
    return new EmbeddedTestServer(await EmbeddedZooKeeper.start(options), options);
  }

  /** Keeps its data in this process, or on disk alone when it has a dataDir. */
  async kill(): Promise<void> {
    if (this.#options.dataDir !== undefined) return this.#server.close();
    await this.#server.stop();
    this.#server.thaw();
  }

  async restart(): Promise<void> {
    await this.kill();
    if (this.#options.dataDir === undefined) return this.#server.restart();
    this.#server = await EmbeddedZooKeeper.start(this.#options);
  }

  pause(): void {
    this.#server.freeze();
  }

  resume(): void {
    this.#server.thaw();
  }

  async expireSession({ id }: SessionCredentials): Promise<void> {
    this.#server.expireSession(id);
  }

  async dropConnections(): Promise<void> {
    this.#server.dropConnections();
  }

  fourLetterWord(word: string, within?: number): Promise<string> {
    return fourLetterWord(this.port, word, within);
  }

  stop(): Promise<void> {
    return this.#server.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** The same TLS for an embedded server. */
export function toTlsOptions({ certificate, ca, clientAuth = 'need' }: ServerTls): EmbeddedTlsOptions {
  const pem = readFileSync(certificate.pemFile);
  const own = { cert: pem, key: pem };
  if (clientAuth === 'none') return own;
  return { ...own, ca: readFileSync(ca.certFile), rejectUnauthorized: clientAuth === 'need' };
}
