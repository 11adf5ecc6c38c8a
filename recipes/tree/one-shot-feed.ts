import type { ChildrenAndStat, CoordinationClient, Stat, Watcher } from '../../lib/core/coordination-client.js';
import { ZooKeeperError } from '../../lib/core/errors.js';
import { OBSERVING, TREE } from '../../lib/core/limits.js';
import { parentOf } from '../../lib/core/paths.js';
import { reportsOf } from '../observing/index.js';
import { type Feed, readingOfFailure } from './feed.js';
import { type Due, PARTS, type Reading } from './reading.js';
import type { Scope } from './scope.js';
import { forEach, inSlices } from './slices.js';

/** Reads each znode by itself, and arms a data watch and a child watch with it. */
export class OneShotFeed implements Feed {
  readonly portion = TREE.oneShotPortion;
  readonly #client: CoordinationClient;
  readonly #scope: Scope;
  readonly #hasData: boolean;
  /** One function for all znodes, so that a client can recognise an armed watch. */
  readonly #watcher: Watcher;
  /** The znodes that may have watches. */
  readonly #armed = new Set<string>();
  /** The lists that are on their way. */
  readonly #lists = new Map<string, Promise<unknown>>();
  #isRetired = false;

  constructor(client: CoordinationClient, scope: Scope, hasData: boolean, watcher: Watcher) {
    this.#client = client;
    this.#scope = scope;
    this.#hasData = hasData;
    this.#watcher = watcher;
  }

  read(dues: readonly Due[]): Promise<readonly Reading[]> {
    return Promise.all(dues.map((due) => this.#readArmed(due)));
  }

  /** Removes every watch, those included that reads on their way will arm. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    // Those of a small tree are removed at once, however busy the turn was.
    await inSlices(forEach(this.#armed, TREE.removedAtOnce, (path) => this.#disarm(path)));
  }

  async #readArmed(due: Due): Promise<Reading> {
    const { path } = due;
    this.#armed.add(path);
    try {
      const reading = await this.#read(due);
      if (reading.kind !== 'missing') return reading;
      // A child watch of the znode above reports it when it comes back.
      if (path !== this.#scope.root) this.#disarm(path);
      // A client that repeats the request of a list may arm the child watch later, and the list may have the znode.
      const list = this.#lists.get(parentOf(path) ?? '');
      const again = (): Promise<Reading> => this.#readArmed(due);
      return list ? list.then(again, again) : reading;
    } finally {
      if (this.#isRetired) this.#disarm(path);
    }
  }

  #disarm(path: string): void {
    this.#armed.delete(path);
    reportsOf(this.#client).removeWatcher(path, this.#watcher);
  }

  async #read({ path, parts }: Due): Promise<Reading> {
    const { root } = this.#scope;
    for (let round = 0; round <= OBSERVING.roundsForMissing; round += 1) {
      const reading = await this.#readOnce(path, parts);
      if (reading.kind !== 'missing') return reading;
      if (path !== root || !(await this.#client.exists(root, this.#watcher))) return reading;
    }
    throw new ZooKeeperError('UNKNOWN', `reads find no znode ${root}, and exists finds one`, { path: root });
  }

  async #readOnce(path: string, parts: number): Promise<Reading> {
    const readsChildren = (parts & PARTS.children) > 0 && this.#scope.hasChildren(path);
    const readsData = (parts & ~PARTS.children) > 0 || !readsChildren;
    try {
      const [own, list] = await Promise.all([
        readsData ? this.#readOwn(path) : undefined,
        readsChildren ? this.#list(path) : undefined,
      ]);
      if (own === null) return { kind: 'missing', path };
      // The list is newer, but a stat must be that of the data beside it.
      const isOfData = !own || (list?.stat.mzxid === own.stat.mzxid && list.stat.czxid === own.stat.czxid);
      const { stat } = (isOfData ? list : own) as { stat: Stat };
      return { kind: 'found', path, stat, ...(own && { data: own.data }), ...(list && { children: list.children }) };
    } catch (error) {
      return readingOfFailure(this.#client, path, error, () => this.#client.exists(path, this.#watcher));
    }
  }

  #list(path: string): Promise<ChildrenAndStat> {
    const list = this.#client.getChildren(path, this.#watcher);
    const letGo = (): unknown => this.#lists.delete(path);
    this.#lists.set(path, list);
    void list.then(letGo, letGo);
    return list;
  }

  /** Without data, `exists` arms the same watch as `getData`. */
  async #readOwn(path: string): Promise<{ stat: Stat; data: Buffer | null } | null> {
    if (this.#hasData) return this.#client.getData(path, this.#watcher);
    const stat = await this.#client.exists(path, this.#watcher);
    return stat && { stat, data: null };
  }
}
