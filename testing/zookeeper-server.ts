import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsOptions } from '../lib/zookeeper/connection/tls-source.js';
import { atExit } from './at-exit.js';
import { eventually } from './eventually.js';
import { findZooKeeper, type ZooKeeperInstallation } from './find-zookeeper.js';
import { fourLetterWord } from './four-letter-word.js';
import { freePort } from './free-port.js';
import { isListening } from './is-listening.js';
import { ServerProcess } from './server-process.js';
import { scaled } from './time-factor.js';
import { connectionTransport, serverTransport } from './transport.js';
import { type ServerPlace, writeServerFiles, type ZooKeeperServerOptions } from './zookeeper-config.js';

export type { ZooKeeperServerOptions };

/** A real ZooKeeper server in a process of its own, with its files in a temporary folder. */
export class ZooKeeperServer implements AsyncDisposable {
  readonly port: number;
  /** The one with TLS: the plain one where the ports are unified; `null` without TLS. */
  readonly securePort: number | null;
  readonly #installation: ZooKeeperInstallation;
  readonly #folder: string;
  readonly #javaOptions: readonly string[];
  /** For the first TLS connection, where servers have TLS by default. */
  readonly #warming: TlsOptions | null;
  readonly #forgetFolder: () => void;
  #process: ServerProcess | null = null;
  #paused = false;

  private constructor(
    place: ServerPlace,
    tls: { readonly isOn: boolean; readonly warming: TlsOptions | null },
    installation: ZooKeeperInstallation,
    options: string[],
  ) {
    this.#warming = tls.warming;
    this.port = place.port;
    this.securePort = tls.isOn ? (place.securePort ?? place.port) : null;
    this.#folder = place.folder;
    this.#installation = installation;
    this.#javaOptions = options;
    this.#forgetFolder = atExit(() => rmSync(place.folder, { recursive: true, force: true, maxRetries: 3 }));
  }

  /** Resolves once it serves. */
  static async start(options: ZooKeeperServerOptions = {}): Promise<ZooKeeperServer> {
    const server = await ZooKeeperServer.prepare(options);
    try {
      await server.restart();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Makes its files and starts nothing: the members of an ensemble serve only together. */
  static async prepare(options: ZooKeeperServerOptions = {}): Promise<ZooKeeperServer> {
    const installation = await findZooKeeper(process.env, options.version);
    const port = options.port ?? (await freePort());
    const tls = options.tls ?? serverTransport();
    const securePort = tls && !tls.portUnification ? await freePort() : null;
    const folder = await mkdtemp(join(tmpdir(), 'spec-zookeeper-'));
    const place = { port, securePort, folder };
    const javaOptions = await writeServerFiles(place, tls ? { ...options, tls } : options);
    const warming = options.tls ? null : connectionTransport();
    return new ZooKeeperServer(place, { isOn: tls !== null, warming }, installation, javaOptions);
  }

  get connectString(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Of the process that runs now. */
  get pid(): number {
    if (!this.#process || this.#process.hasExited) throw new Error(`ZooKeeper on port ${this.port} does not run`);
    return this.#process.pid;
  }

  /** Started, not paused, and the process has not ended. */
  get running(): boolean {
    return this.#process !== null && !this.#process.hasExited && !this.#paused;
  }

  /** The last lines of the log of its latest run. */
  get log(): string {
    return this.#process?.log ?? '';
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#process?.kill();
    this.#paused = false;
  }

  /** Again on the same port and the same data, after a kill when it still runs; resolves once it serves. */
  async restart(): Promise<void> {
    await this.kill();
    const { java, classPath } = this.#installation;
    const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
    const args = [...this.#javaOptions, '-cp', classPath, main, './zoo.cfg'];
    this.#process = new ServerProcess(java, args, this.#folder);
    await this.#serving(this.#process);
    // The first TLS handshake of a process takes a second.
    if (this.#warming) await fourLetterWord(this.port, 'ruok', 30_000, this.#warming);
  }

  /** SIGSTOP: its connections stay open and it says nothing. */
  pause(): void {
    this.#process?.pause();
    this.#paused = true;
  }

  resume(): void {
    this.#process?.resume();
    this.#paused = false;
  }

  fourLetterWord(word: string, within?: number): Promise<string> {
    return fourLetterWord(this.port, word, within);
  }

  /** 'standalone', 'leader', 'follower' or 'observer'; null while it does not serve. */
  async mode(within = 1_000): Promise<string | null> {
    if (!this.running) return null;
    const answer = await this.fourLetterWord('srvr', within).catch(() => '');
    return /^Mode: (\w+)/m.exec(answer)?.[1] ?? null;
  }

  /** SIGKILL, and its temporary files are removed; idempotent. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
    this.#forgetFolder();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** At both ports: it opens the one with TLS after the plain one. */
  async #serves(): Promise<boolean> {
    return (await this.mode(250)) !== null && (this.securePort === null || (await isListening(this.securePort)));
  }

  async #serving(run: ServerProcess): Promise<void> {
    const within = 30_000;
    try {
      // A server that is opening its port may never answer a question: ask again soon.
      await eventually(async () => run.hasExited || (await this.#serves()), { within });
    } catch {
      throw new Error(`ZooKeeper on port ${this.port} does not serve after ${scaled(within)} ms:\n${run.log}`);
    }
    if (run.hasExited) throw new Error(`ZooKeeper on port ${this.port} ended before it served:\n${run.log}`);
  }
}
