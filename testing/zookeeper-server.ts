import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './at-exit.js';
import { eventually } from './eventually.js';
import { findZooKeeper, type ZooKeeperInstallation } from './find-zookeeper.js';
import { fourLetterWord } from './four-letter-word.js';
import { freePort } from './free-port.js';
import { ServerProcess } from './server-process.js';
import { scaled } from './time-factor.js';

export interface ZooKeeperServerOptions {
  /** Milliseconds; session timeouts from twice this on are granted, up to a minute. */
  tickTime?: number;
  port?: number;
  /** Survives stop() when given; otherwise it is temporary. */
  dataDir?: string;
  maxClientCnxns?: number;
  /** How often it looks for empty containers: milliseconds, a minute by default. */
  containerCheckInterval?: number;
  /** Whether it has znodes with a time to live; not by default. */
  timeToLive?: boolean;
  /** The number of this server in its ensemble. */
  myId?: number;
  /** More lines of zoo.cfg, or other values for the ones that it has. */
  config?: Readonly<Record<string, string>>;
  /** More options of the java command. */
  javaOptions?: readonly string[];
}

const JAVA_OPTIONS = [
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Xshare:auto',
  '-Xmx512m',
  '-XX:-UsePerfData',
  '-Dzookeeper.root.logger=INFO,CONSOLE',
];

/** A real ZooKeeper server in a process of its own, with its files in a temporary folder. */
export class ZooKeeperServer implements AsyncDisposable {
  readonly port: number;
  readonly #installation: ZooKeeperInstallation;
  readonly #folder: string;
  readonly #javaOptions: readonly string[];
  readonly #forgetFolder: () => void;
  #process: ServerProcess | null = null;
  #paused = false;

  private constructor(port: number, folder: string, installation: ZooKeeperInstallation, options: string[]) {
    this.port = port;
    this.#folder = folder;
    this.#installation = installation;
    this.#javaOptions = [...JAVA_OPTIONS, ...options];
    this.#forgetFolder = atExit(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
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
    const installation = await findZooKeeper();
    const port = options.port ?? (await freePort());
    const folder = await mkdtemp(join(tmpdir(), 'spec-zookeeper-'));
    const dataDir = options.dataDir ?? join(folder, 'data');
    await mkdir(dataDir, { recursive: true });
    if (options.myId !== undefined) await writeFile(join(dataDir, 'myid'), String(options.myId));
    await writeFile(join(folder, 'zoo.cfg'), zooCfg(port, dataDir, options));
    return new ZooKeeperServer(port, folder, installation, javaOptions(options));
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
    const folders = [`-Dzookeeper.log.dir=${this.#folder}`, `-Djava.io.tmpdir=${this.#folder}`];
    const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
    const args = [...this.#javaOptions, ...folders, '-cp', classPath, main, './zoo.cfg'];
    this.#process = new ServerProcess(java, args, this.#folder);
    await this.#serving(this.#process);
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

  async #serving(run: ServerProcess): Promise<void> {
    const within = 30_000;
    try {
      // A server that is opening its port may never answer a question: ask again soon.
      await eventually(async () => run.hasExited || (await this.mode(250)) !== null, { within });
    } catch {
      throw new Error(`ZooKeeper on port ${this.port} does not serve after ${scaled(within)} ms:\n${run.log}`);
    }
    if (run.hasExited) throw new Error(`ZooKeeper on port ${this.port} ended before it served:\n${run.log}`);
  }
}

/** Settings that zoo.cfg does not have. */
function javaOptions(options: ZooKeeperServerOptions): string[] {
  const { containerCheckInterval = 60_000, timeToLive = false } = options;
  return [
    `-Dznode.container.checkIntervalMs=${containerCheckInterval}`,
    `-Dzookeeper.extendedTypesEnabled=${timeToLive}`,
    ...(options.javaOptions ?? []),
  ];
}

function zooCfg(port: number, dataDir: string, options: ZooKeeperServerOptions): string {
  const tickTime = options.tickTime ?? 200;
  const settings = {
    tickTime,
    dataDir,
    clientPort: port,
    clientPortAddress: '127.0.0.1',
    minSessionTimeout: 2 * tickTime,
    maxSessionTimeout: 60_000,
    maxClientCnxns: options.maxClientCnxns ?? 0,
    globalOutstandingLimit: 100_000,
    'admin.enableServer': false,
    '4lw.commands.whitelist': '*',
    'autopurge.purgeInterval': 0,
    // A crash of the process loses nothing without fsync; only one of the machine would.
    forceSync: 'no',
    ...options.config,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
