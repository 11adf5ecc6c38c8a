import { type ClientState, ZooKeeperClient } from '../../../index.js';
import type { FaultProxy } from '../../../testing/fault-proxy.js';
import { Recorder } from '../../../testing/recorder.js';
import { oracleLogger } from '../../oracle/oracle-logger.js';
import { User } from './user.js';
import type { Change, Started, Watched, Write } from './watched.js';

/** Within which a delivery must come by default, in ms. */
const PATIENCE = 20_000;

/** A watch, its znode, and when the first change is made: during the fault, or only afterwards. */
export interface RunOptions {
  readonly watched: Watched;
  readonly isChangedMeanwhile: boolean;
  readonly path: string;
  readonly addresses: readonly string[];
  readonly proxies: readonly FaultProxy[];
  readonly sessionTimeout: number;
  /** Within which each delivery must come, in ms; default 20,000. */
  readonly patience?: number | undefined;
}

/** One watch of one client, before, during and after a fault. */
export class Run {
  readonly watched: Watched;
  readonly isChangedMeanwhile: boolean;
  readonly path: string;
  readonly client: ZooKeeperClient;
  readonly proxies: readonly FaultProxy[];
  readonly user: User;
  readonly states = new Recorder<{ state: ClientState; at: number }>();
  /** When each change was acknowledged to the client that made it. */
  readonly acknowledged: number[] = [];
  /** When the fault began, and when it was over. */
  struck = 0;
  over = 0;
  problem: unknown;
  readonly #patience: number;
  #started: Started | null = null;

  constructor(options: RunOptions) {
    const { watched, isChangedMeanwhile, path, addresses, proxies, sessionTimeout, patience = PATIENCE } = options;
    this.#patience = patience;
    this.watched = watched;
    this.isChangedMeanwhile = isChangedMeanwhile;
    this.path = path;
    this.proxies = proxies;
    this.client = new ZooKeeperClient(addresses.join(), { sessionTimeout, logger: oracleLogger });
    const { aspect, initial, changes, hasNode } = watched;
    this.user = new User({
      ...{ path, aspect, initial: initial[0] ?? (hasNode ? '' : null), calls: initial.length + changes.length },
      hasErrorListener: isChangedMeanwhile,
    });
  }

  /** When the client was connected again; when it never was anything else, long ago. */
  get returned(): number {
    return this.states.items.findLast(({ state }) => state === 'connected')?.at ?? 0;
  }

  /** The watch that a server must hold for it now; null when it needs none any more. */
  get neededWatch(): string | null {
    if (!this.#started) return null;
    if (this.watched.aspect === 'children') return 'of children';
    return `data ${this.path} 0x${(this.client.sessionId ?? 0n).toString(16)}`;
  }

  /** From its acknowledgement to its call; from the connection's return, if that came later. */
  delayOf(change: number): number {
    const call = this.user.calls.items[this.watched.initial.length + change];
    const since = Math.max(this.acknowledged[change] ?? Number.NaN, this.returned);
    return call ? call.at - since : Number.NaN;
  }

  async start(): Promise<void> {
    this.#started = await this.watched.start(this.client, this.user);
  }

  async make({ write, state }: Change, writer: ZooKeeperClient): Promise<void> {
    this.user.writing(state);
    await this.#write(write, writer);
    this.acknowledged.push(performance.now());
  }

  async delivered(changes: number): Promise<void> {
    await this.user.calls.untilCount(this.watched.initial.length + changes, {
      within: this.#patience,
      describe: `calls of ${this.watched.name}`,
    });
  }

  /** Awaits the change that was made during the fault, and then makes the others one after the other. */
  async goOn(states: readonly ClientState[], writer: ZooKeeperClient): Promise<void> {
    await this.states.until((all) => all.length >= states.length, { describe: states.join() });
    try {
      if (this.isChangedMeanwhile) await this.delivered(1);
      for (const change of this.watched.changes.slice(this.acknowledged.length)) {
        await this.make(change, writer);
        await this.delivered(this.acknowledged.length);
      }
      await this.#settle();
    } finally {
      this.#checkAtRest();
    }
  }

  /** A stopped watch delivers nothing more, and neither does one whose client is closed. */
  async stop(writer: ZooKeeperClient): Promise<void> {
    if (!this.#started) return;
    this.#started.stop();
    this.user.see({ what: 'ended', reason: 'stopped' });
    await this.#write(this.watched.afterStop, writer);
    await this.#settle();
    this.#checkAtRest();
  }

  async close(): Promise<void> {
    await this.client.close();
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
  }

  #checkAtRest(): void {
    if (this.#started) this.user.see({ what: 'rest', isStopped: this.#started.stopped });
  }

  async #write(write: Write, writer: ZooKeeperClient): Promise<void> {
    if (write.op === 'setData') await writer.setData(this.path, write.data);
    else await writer.create(this.path + write.name);
  }

  /** Answers come in order, and events before them; a read may take two requests and be followed by another. */
  async #settle(): Promise<void> {
    for (let request = 0; request < 6; request += 1) await this.client.sync('/');
    await this.user.untilIdle();
  }
}
