import type {
  ClientState,
  CoordinationClient,
  CreateOptions,
  Stat,
  WatchedEvent,
  Watcher,
} from '../lib/core/coordination-client.js';
import { ClientClosedError, ConnectionLossError, NoNodeError } from '../lib/core/errors.js';
import { isServed } from '../lib/core/is-served.js';
import { type FakeNode, type FakeSnapshot, FakeTree } from './fake-tree.js';
import { RecordingLogger } from './recording-logger.js';

interface Reply {
  deliver(): void;
  reject(error: unknown): void;
}

const KINDS_OF_EVENT: Readonly<Record<WatchedEvent['type'], readonly string[]>> = {
  NodeCreated: ['data'],
  NodeDataChanged: ['data'],
  NodeChildrenChanged: ['child'],
  NodeDeleted: ['data', 'child'],
};

type Operation = 'exists' | 'getData' | 'getChildren' | 'readMany' | 'sync';

/**
 * A custom client over a service in memory. It promises no more than a CoordinationClient must: it has no
 * `epoch`, silently loses its watches with each connection, and calls watchers synchronously, inside any call.
 */
export class FakeClient implements CoordinationClient {
  readonly tree = new FakeTree((event) => this.fired(event));
  readonly logger = new RecordingLogger();
  /** Every read ever sent, as `getData /path`. */
  readonly reads: string[] = [];
  /** The most reads that ever waited for their answers at once. */
  maxInFlight = 0;
  /** Returns the error of a read; undefined lets it pass. */
  readError: (operation: Operation, path: string) => unknown = () => undefined;
  /** The state of the server that reads go to; null: the newest. */
  stale: FakeSnapshot | null = null;
  readonly #watches = new Map<string, Set<Watcher>>();
  readonly #listeners = new Set<(state: ClientState) => void>();
  readonly #inFlight = new Set<Reply>();
  readonly #insideRead: (() => void)[] = [];
  readonly #insideReply: (() => void)[] = [];
  #held: Reply[] | null = null;
  #state: ClientState;

  constructor(state: ClientState = 'connected') {
    this.#state = state;
  }

  get state(): ClientState {
    return this.#state;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** The number of armed watchers. */
  get armed(): number {
    let count = 0;
    for (const watchers of this.#watches.values()) count += watchers.size;
    return count;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Silently drops every watch, as a server does when the ACL of a changed znode forbids the read. */
  spendWatches(): void {
    this.#watches.clear();
  }

  /** Runs inside the next read, after it has armed its watch and before its caller has the promise. */
  insideNextRead(action: () => void): void {
    this.#insideRead.push(action);
  }

  /** Runs as the next answer comes in, before its promise is resolved. */
  insideNextReply(action: () => void): void {
    this.#insideReply.push(action);
  }

  /** Holds answers back until the returned function is called; they keep the state of their read. */
  hold(): () => void {
    this.#held = [];
    return () => {
      const held = this.#held ?? [];
      this.#held = null;
      for (const reply of held) reply.deliver();
    };
  }

  /** Calls listeners synchronously. Any state but `connected` fails the reads in flight and drops every watch. */
  become(state: ClientState): void {
    this.#state = state;
    if (state !== 'connected') this.#loseAll();
    for (const listener of [...this.#listeners]) listener(state);
  }

  on(_event: 'state', listener: (state: ClientState) => void): this {
    this.#listeners.add(listener);
    return this;
  }

  off(_event: 'state', listener: (state: ClientState) => void): this {
    this.#listeners.delete(listener);
    return this;
  }

  exists(path: string, watcher?: Watcher): Promise<Stat | null> {
    return this.read('exists', path, (node) => {
      this.#arm('data', path, watcher);
      return node ? toStat(node) : null;
    });
  }

  getData(path: string, watcher?: Watcher): Promise<{ data: Buffer; stat: Stat }> {
    return this.read('getData', path, (node) => {
      if (!node) throw new NoNodeError(`no ${path}`, { path });
      this.#arm('data', path, watcher);
      return { data: node.data, stat: toStat(node) };
    });
  }

  getChildren(path: string, watcher?: Watcher): Promise<{ children: string[]; stat: Stat }> {
    return this.read('getChildren', path, (node) => {
      if (!node) throw new NoNodeError(`no ${path}`, { path });
      this.#arm('child', path, watcher);
      return { children: [...node.children], stat: toStat(node) };
    });
  }

  async create(path: string, data?: Buffer | string, _options?: CreateOptions): Promise<string> {
    this.tree.create(path, data);
    return path;
  }

  async setData(path: string, data: Buffer | string): Promise<Stat> {
    this.tree.set(path, data);
    return toStat(this.tree.get(path) as FakeNode);
  }

  async delete(path: string): Promise<void> {
    this.tree.delete(path);
  }

  /** A change of the tree, called synchronously. */
  protected fired(event: WatchedEvent): void {
    this.#fire(event);
  }

  /** Answers later, with the state of now. */
  protected read<T>(operation: Operation, path: string, look: (node: FakeNode | undefined) => T): Promise<T> {
    this.reads.push(`${operation} ${path}`);
    const answer = new Promise<T>((resolve, reject) => {
      const reply: Reply = {
        deliver: () => {
          if (this.#inFlight.delete(reply)) this.#answer(outcome, resolve, reject);
        },
        reject: (error) => reject(error),
      };
      const outcome = this.#lookAt(operation, path, look);
      this.#inFlight.add(reply);
      this.maxInFlight = Math.max(this.maxInFlight, this.#inFlight.size);
      if (this.#held) this.#held.push(reply);
      else queueMicrotask(() => reply.deliver());
    });
    this.#insideRead.shift()?.();
    return answer;
  }

  #lookAt<T>(operation: Operation, path: string, look: (node: FakeNode | undefined) => T): () => T {
    try {
      if (this.#state === 'closed') throw new ClientClosedError(`${operation} ${path}: closed`);
      if (!isServed(this.#state)) throw new ConnectionLossError(`${operation} ${path}: not connected`);
      const error = this.readError(operation, path);
      if (error !== undefined) throw error;
      const value = look((this.stale ?? this.tree).get(path));
      return () => value;
    } catch (error) {
      return () => {
        throw error;
      };
    }
  }

  #answer<T>(outcome: () => T, resolve: (value: T) => void, reject: (error: unknown) => void): void {
    this.#insideReply.shift()?.();
    try {
      resolve(outcome());
    } catch (error) {
      reject(error);
    }
  }

  #arm(kind: 'data' | 'child', path: string, watcher: Watcher | undefined): void {
    if (!watcher) return;
    const key = `${kind} ${path}`;
    this.#watches.set(key, (this.#watches.get(key) ?? new Set()).add(watcher));
  }

  #fire(event: WatchedEvent): void {
    for (const kind of KINDS_OF_EVENT[event.type]) {
      const key = `${kind} ${event.path}`;
      const watchers = this.#watches.get(key);
      this.#watches.delete(key);
      for (const watcher of watchers ?? []) watcher(event);
    }
  }

  #loseAll(): void {
    this.#watches.clear();
    const lost = [...this.#inFlight];
    this.#inFlight.clear();
    const reason = this.#state === 'closed' ? new ClientClosedError('closed') : new ConnectionLossError('cut');
    for (const reply of lost) reply.reject(reason);
  }
}

/** The stat of a znode; ephemeral ones have an owner. */
export function toStat(node: FakeNode): Stat {
  // Each by its name: thousands of watches read stats, and to spread an object takes long.
  return {
    czxid: node.czxid,
    mzxid: node.mzxid,
    pzxid: node.pzxid,
    ctime: 0,
    mtime: 0,
    version: node.version,
    cversion: node.cversion,
    aversion: node.aversion,
    ephemeralOwner: node.ephemeralOwner,
    dataLength: node.data.length,
    numChildren: node.children.length,
  };
}
