import { expect } from 'vitest';
import { type ClientState, type WatchedEvent, ZooKeeperClient } from '../../index.js';
import { EmbeddedZooKeeper, type EmbeddedZooKeeperOptions } from '../../lib/embedded/index.js';
import { eventually } from '../../testing/eventually.js';
import { fourLetterWord } from '../../testing/four-letter-word.js';
import { Recorder } from '../../testing/recorder.js';
import { RecordingLogger } from '../../testing/recording-logger.js';
import { HostileClient, type HostileOptions } from './hostile-client.js';

/**
 * An embedded server with two well-behaved clients: a bystander with a session, an ephemeral znode and a watch, and
 * another client that makes the watched changes. Hostile clients must not disturb either.
 */
export class AttackedServer implements AsyncDisposable {
  readonly server: EmbeddedZooKeeper;
  readonly logger: RecordingLogger;
  readonly bystander: ZooKeeperClient;
  readonly other: ZooKeeperClient;
  readonly #hostile: HostileClient[] = [];
  readonly #events = new Recorder<WatchedEvent>();
  readonly #states = new Recorder<ClientState>();
  readonly #socketsBefore: number;
  #changes = 0;

  private constructor(server: EmbeddedZooKeeper, logger: RecordingLogger, socketsBefore: number) {
    this.server = server;
    this.logger = logger;
    this.#socketsBefore = socketsBefore;
    this.bystander = new ZooKeeperClient(server.connectString, { logger });
    this.other = new ZooKeeperClient(server.connectString, { logger });
  }

  static async start(options: EmbeddedZooKeeperOptions = {}): Promise<AttackedServer> {
    const logger = new RecordingLogger();
    const before = sockets();
    const attacked = new AttackedServer(await EmbeddedZooKeeper.start({ logger, ...options }), logger, before);
    await Promise.all([attacked.bystander.connect(), attacked.other.connect()]);
    await attacked.bystander.create('/ephemeral', 'mine', { mode: 'ephemeral' });
    await attacked.bystander.create('/watched', '0');
    await attacked.bystander.getData('/watched', attacked.#events.record);
    attacked.bystander.on('state', attacked.#states.record);
    attacked.other.on('state', attacked.#states.record);
    return attacked;
  }

  /** Opens a connection that has sent nothing yet. */
  async connect(options: HostileOptions = {}): Promise<HostileClient> {
    const client = await HostileClient.connect(this.server.port, options);
    this.#hostile.push(client);
    return client;
  }

  /** Opens a connection with a session. */
  async open(options: HostileOptions = {}): Promise<HostileClient> {
    const client = await HostileClient.open(this.server.port, options);
    this.#hostile.push(client);
    return client;
  }

  get warnings(): string[] {
    return this.logger.messages('warn');
  }

  /** Expects that the server has ended this connection and no other, with one line in the log that has the reason. */
  async expectEnded(client: HostileClient, reason: string | RegExp): Promise<void> {
    const name = await client.name;
    await client.closed;
    await this.logger.until(() => this.warnings.length > 0, { describe: `a line about ${name}` });
    await this.expectUndisturbed();
    const prefix = `the embedded server ended the connection of ${name}: `;
    expect(this.warnings).toEqual([expect.stringContaining(prefix)]);
    const logged = this.warnings[0]?.slice(prefix.length);
    if (typeof reason === 'string') expect(logged).toBe(reason);
    else expect(logged).toMatch(reason);
    expect(this.logger.items.filter(({ level }) => level === 'warn')).toMatchObject([{ details: { remote: name } }]);
    expect(this.logger.messages('error')).toEqual([]);
  }

  /** Expects that the connection has ended normally: without a line in the log. */
  async expectGone(client: HostileClient): Promise<void> {
    await client.closed;
    await this.expectUndisturbed();
    expect(this.warnings).toEqual([]);
    expect(this.logger.messages('error')).toEqual([]);
  }

  /** Expects that the bystander has its session, its ephemeral and its watch, and that the server answers it. */
  async expectUndisturbed(): Promise<void> {
    this.#changes += 1;
    const value = String(this.#changes);
    await this.other.setData('/watched', value);
    await this.#events.untilCount(this.#changes, { describe: 'the event of the watched znode' });
    expect(String((await this.bystander.getData('/watched', this.#events.record)).data)).toBe(value);
    expect((await this.other.exists('/ephemeral'))?.ephemeralOwner).toBe(this.bystander.sessionId);
    expect(this.#states.items).toEqual([]);
  }

  /** Expects the number of connections, not counting those of the well-behaved clients. */
  async expectConnections(count: number): Promise<void> {
    // The connection that asks is counted, too.
    await this.#expectNumber('zk_num_alive_connections', count + 3);
  }

  /** Expects the number of watches, not counting the bystander's. */
  async expectWatches(count: number): Promise<void> {
    await this.#expectNumber('zk_watch_count', count + 1);
  }

  async #expectNumber(name: string, expected: number): Promise<void> {
    const read = async (): Promise<number> => {
      const answer = await fourLetterWord(this.server.port, 'mntr');
      return Number(new RegExp(`^${name}\\t(.*)$`, 'm').exec(answer)?.[1]);
    };
    await eventually(async () => (await read()) === expected, { describe: `${name} of ${expected}` });
  }

  /** Closes all clients and the server, and expects that no socket is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.#hostile) socket.destroy();
    await Promise.all([this.bystander.close(), this.other.close()]);
    await this.server.close();
    const describe = `${this.#socketsBefore} sockets of this process, as before`;
    await eventually(() => sockets() <= this.#socketsBefore, { describe });
  }
}

function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}
