import { setTimeout as pause } from 'node:timers/promises';
import { ZooKeeperClient, ZooKeeperError } from '../../../index.js';
import { codeOf } from '../../../lib/core/errors.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import type { Aspect } from '../../oracle/moment.js';
import type { Chronicle } from './chronicle.js';
import type { Key, PathHistory, Step, Truth } from './path-history.js';
import type { PromiseWatchdog } from './promise-watchdog.js';
import type { Servers } from './servers.js';

/** Longer than most faults: a history cannot know when a session ends that a fault outlasts. */
export const WRITER_SESSION_TIMEOUT = 30_000;
/** A write waits for a connection as long as its session lives, and then for its answer. */
const WRITE_WITHIN = 2.5 * WRITER_SESSION_TIMEOUT;
const READ_WITHIN = 10 * WRITER_SESSION_TIMEOUT;
const NO_ZNODE = '/chaos-no-znode';

/** A write, and the state that it leads to. */
export interface Write<T> {
  readonly history: PathHistory;
  readonly what: string;
  /** undefined: the server determines it. */
  readonly key: Key | undefined;
  /** The client that sends it, if it is not that of the writer. */
  readonly client?: ZooKeeperClient;
  send(): Promise<T>;
}

/** A client that bypasses the proxies, not connected. */
export function makeDirectClient({ connectString, transport }: Servers): ZooKeeperClient {
  const logger = new RecordingLogger();
  return new ZooKeeperClient(connectString, { ...transport, sessionTimeout: WRITER_SESSION_TIMEOUT, logger });
}

/**
 * Reads a state that includes all earlier writes. A write goes before, to no effect: a leader that was cut off answers
 * sync(), too (ZOOKEEPER-1675).
 */
export async function readTruth(client: ZooKeeperClient, aspect: Aspect, path: string): Promise<Truth> {
  await client.delete(NO_ZNODE).catch((error) => {
    if (codeOf(error) !== 'NO_NODE') throw error;
  });
  try {
    if (aspect === 'data') {
      const { data, stat } = await client.getData(path);
      return { key: data.toString(), stat };
    }
    const { children, stat } = await client.getChildren(path);
    return { key: children.sort().join(), stat };
  } catch (error) {
    if (error instanceof ZooKeeperError && error.code === 'NO_NODE') return { key: null, stat: null };
    throw error;
  }
}

/** The only writer of its paths: the outcomes of its writes determine their history. */
export class Writer {
  readonly client: ZooKeeperClient;
  readonly aspect: Aspect;
  readonly #chronicle: Chronicle;
  readonly #watchdog: PromiseWatchdog;

  constructor(client: ZooKeeperClient, aspect: Aspect, chronicle: Chronicle, watchdog: PromiseWatchdog) {
    this.client = client;
    this.aspect = aspect;
    this.#chronicle = chronicle;
    this.#watchdog = watchdog;
  }

  /** Sends all at once, in order. Returns null unless each succeeded; their paths have then been read again. */
  async write<T>(...writes: readonly Write<T>[]): Promise<T[] | null> {
    const results = await Promise.allSettled(writes.map((each) => this.#send(each)));
    const values = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    if (values.length === writes.length) return values;
    for (const [history, client] of new Map(writes.map((each) => [each.history, each.client])))
      await this.#resolve(history, client);
    return null;
  }

  /** Several paths in one transaction. */
  async writeTogether(changes: readonly Omit<Write<never>, 'send'>[], send: () => Promise<unknown>): Promise<boolean> {
    const steps = changes.map(({ history, what, key }) => history.begin(what, key));
    const histories = changes.map(({ history }) => history);
    try {
      await this.#watchdog.track(`a transaction on ${histories[0]?.path}`, send(), WRITE_WITHIN);
      steps.forEach((step, index) => {
        histories[index]?.done(step);
      });
      this.#chronicle.changes += steps.length;
      return true;
    } catch (error) {
      this.#check('a transaction', error, histories);
      for (const history of histories) await this.#resolve(history);
      return false;
    }
  }

  /** The servers may hold what no write of this writer explains: the run is void, whatever the watches do. */
  lostTrack(history: PathHistory, why: string): void {
    this.#chronicle.violation(`${why}: the history of ${history.path} is not known any more`, history.log);
  }

  async #send<T>({ history, what, key, send }: Write<T>): Promise<T> {
    const step: Step = history.begin(what, key);
    try {
      const value = await this.#watchdog.track(`${what} ${history.path}`, send(), WRITE_WITHIN);
      if (key !== undefined) history.done(step);
      this.#chronicle.changes += 1;
      return value;
    } catch (error) {
      this.#check(what, error, [history]);
      throw error;
    }
  }

  /** Only these leave the outcome unknown: any other means a write that was repeated, or carried out late. */
  #check(what: string, error: unknown, histories: readonly PathHistory[]): void {
    const code = error instanceof ZooKeeperError ? error.code : '';
    for (const history of histories) history.log.add(`${what}: ${code} ${String(error)}`);
    if (code === 'CONNECTION_LOSS' || code === 'SESSION_EXPIRED') return;
    const logs = histories.map(({ log }) => log);
    this.#chronicle.violation(`a writer's ${what} failed: ${String(error)}`, ...logs);
  }

  /** By the client that has sent the write: behind it, or where it can no longer be carried out. */
  async #resolve(history: PathHistory, client = this.client): Promise<void> {
    for (;;) {
      try {
        const reading = readTruth(client, this.aspect, history.path);
        const { key } = await this.#watchdog.track(`a writer's read of ${history.path}`, reading, READ_WITHIN);
        return history.resolve(key);
      } catch (error) {
        if (client.state === 'closed') throw error;
        await pause(50);
      }
    }
  }
}
