import { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { ZooKeeperClient } from '../../../lib/zookeeper/client.js';
import { eventually } from '../../../testing/eventually.js';
import { fourLetterWord } from '../../../testing/four-letter-word.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { type CliOptions, CliProcess } from './cli-process.js';

/** A server, a client that changes its znodes, and the commands that run on it. */
export class CliFixture implements AsyncDisposable {
  readonly server: EmbeddedZooKeeper;
  readonly client: ZooKeeperClient;
  readonly #processes: CliProcess[] = [];

  private constructor(server: EmbeddedZooKeeper, client: ZooKeeperClient) {
    this.server = server;
    this.client = client;
  }

  static async open(): Promise<CliFixture> {
    const server = await EmbeddedZooKeeper.start({ logger: new RecordingLogger() });
    const client = new ZooKeeperClient(server.connectString, { logger: new RecordingLogger() });
    return new CliFixture(server, await client.connect());
  }

  /** Starts `zk-recipes` with these arguments, and with the server in its environment. */
  async run(args: readonly string[], options: CliOptions = {}): Promise<CliProcess> {
    const env = { ZK_RECIPES_CONNECT: this.server.connectString, ...options.env };
    const cli = await CliProcess.run(args, { ...options, env });
    this.#processes.push(cli);
    return cli;
  }

  /** Runs `zk-recipes` to its end. */
  async result(args: readonly string[], options?: CliOptions): Promise<CliResult> {
    const cli = await this.run(args, options);
    const { code } = await cli.ended;
    return { code, output: cli.output.toString(), errors: cli.errors.items };
  }

  /** The sessions of the commands. */
  async sessions(): Promise<bigint[]> {
    const dump = await fourLetterWord(this.server.port, 'dump');
    const ids = [...dump.matchAll(/^(0x[0-9a-f]+)\t\d+ms$/gm)].map(([, id]) => BigInt(id ?? 0));
    return ids.filter((id) => id !== this.client.sessionId);
  }

  /** Resolves with the session of the only command when the server has it. */
  async session(): Promise<bigint> {
    let found: bigint | undefined;
    await eventually(async () => {
      [found] = await this.sessions();
      return found !== undefined;
    });
    return found ?? 0n;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cli of this.#processes) await cli[Symbol.asyncDispose]();
    await this.client.close();
    await this.server.close();
  }
}

/** The exit code and the output of a command. */
export interface CliResult {
  readonly code: number | null;
  readonly output: string;
  readonly errors: readonly string[];
}
