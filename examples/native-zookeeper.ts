/**
 * The watches in a service that is on `zookeeper`, the package around the C client: a wrapper that makes it a
 * CoordinationClient. The conformance suite of zk-recipes/testing passes on it.
 * `npm install --no-save zookeeper && npx tsx examples/native-zookeeper.ts`
 */
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import {
  type ClientState,
  type CoordinationClient,
  type CreateOptions,
  DataWatch,
  type ErrorCode,
  InvalidArgumentError,
  type Stat,
  type Watcher,
  ZooKeeperClient,
  ZooKeeperError,
} from '../index.js';
import { eventually } from '../testing/eventually.js';
import { chapter, inSandbox, say } from './sandbox.js';

// ---------- The members of `zookeeper` that the wrapper uses ----------

interface NativeStat extends Omit<Stat, 'czxid' | 'mzxid' | 'pzxid' | 'ctime' | 'mtime' | 'ephemeralOwner'> {
  czxid: number;
  mzxid: number;
  pzxid: number;
  ctime: Date;
  mtime: Date;
  ephemeralOwner: string;
}
type Callback<T extends unknown[]> = (code: number, message: string, ...values: T) => void;
type NativeWatcher = (type: number) => void;

/** An object of `zookeeper`. */
export interface NativeZooKeeper extends EventEmitter {
  init(config: object): unknown;
  close(): unknown;
  a_exists(path: string, watch: false, callback: Callback<[NativeStat]>): number;
  aw_exists(path: string, watcher: NativeWatcher, callback: Callback<[NativeStat]>): number;
  a_get(path: string, watch: false, callback: Callback<[NativeStat, Buffer | null]>): number;
  aw_get(path: string, watcher: NativeWatcher, callback: Callback<[NativeStat, Buffer | null]>): number;
  a_get_children2(path: string, watch: false, callback: Callback<[string[], NativeStat]>): number;
  aw_get_children2(path: string, watcher: NativeWatcher, callback: Callback<[string[], NativeStat]>): number;
  a_create(path: string, data: Buffer | string, flags: number, callback: Callback<[string]>): number;
  a_set(path: string, data: Buffer | string, version: number, callback: Callback<[NativeStat]>): number;
  a_delete_(path: string, version: number, callback: Callback<[]>): number;
}

const EVENTS = ['NodeCreated', 'NodeDeleted', 'NodeDataChanged', 'NodeChildrenChanged'] as const;
const MODES = ['persistent', 'ephemeral', 'persistent-sequential', 'ephemeral-sequential', 'container'];
const BAD_ARGUMENTS = -8;
const INVALID_STATE = -9;
const SESSION_EXPIRED = -112;
const CODES: Readonly<Record<number, ErrorCode>> = {
  [-4]: 'CONNECTION_LOSS',
  [-7]: 'CONNECTION_LOSS',
  [BAD_ARGUMENTS]: 'INVALID_PATH',
  [INVALID_STATE]: 'SESSION_EXPIRED',
  [-101]: 'NO_NODE',
  [-102]: 'NO_AUTH',
  [-103]: 'BAD_VERSION',
  [-108]: 'NO_CHILDREN_FOR_EPHEMERALS',
  [-110]: 'NODE_EXISTS',
  [-111]: 'NOT_EMPTY',
  [SESSION_EXPIRED]: 'SESSION_EXPIRED',
  [-115]: 'AUTH_FAILED',
  [-116]: 'SESSION_EXPIRED',
};

// ---------- The wrapper ----------

/** Makes a new object of `zookeeper` for each session. Without ACLs: `a_create` of `zookeeper` takes none. */
export class NativeClient extends EventEmitter<{ state: [ClientState] }> implements CoordinationClient {
  readonly #make: () => NativeZooKeeper;
  #native: NativeZooKeeper;
  #state: ClientState = 'connecting';
  #closed: Promise<void> | undefined;

  constructor(make: () => NativeZooKeeper) {
    super();
    this.#make = make;
    this.#native = this.#connect();
  }

  get state(): ClientState {
    return this.#state;
  }

  async exists(path: string, watcher?: Watcher): Promise<Stat | null> {
    const answer = this.#ask<[NativeStat]>(path, (native, done) =>
      watcher ? native.aw_exists(path, this.#once(path, watcher), done) : native.a_exists(path, false, done),
    );
    return answer.then(
      ([stat]) => toStat(stat),
      (error) => (error.code === 'NO_NODE' ? null : Promise.reject(error)),
    );
  }

  async getData(path: string, watcher?: Watcher) {
    const [stat, data] = await this.#ask<[NativeStat, Buffer | null]>(path, (native, done) =>
      watcher ? native.aw_get(path, this.#once(path, watcher), done) : native.a_get(path, false, done),
    );
    return { data: data ?? Buffer.alloc(0), stat: toStat(stat) };
  }

  async getChildren(path: string, watcher?: Watcher) {
    const [children, stat] = await this.#ask<[string[], NativeStat]>(path, (native, done) =>
      watcher
        ? native.aw_get_children2(path, this.#once(path, watcher), done)
        : native.a_get_children2(path, false, done),
    );
    return { children, stat: toStat(stat) };
  }

  async create(path: string, data: Buffer | string = '', options: CreateOptions = {}): Promise<string> {
    const { mode = 'persistent', acl, makePath = false } = options;
    if (acl) throw new InvalidArgumentError('acl must be left out: zookeeper creates each znode with an open ACL');
    const parent = path.slice(0, path.lastIndexOf('/'));
    const send = () =>
      this.#ask<[string]>(path, (native, done) => native.a_create(path, data, MODES.indexOf(mode), done));
    const [created] = await send().catch(async (error) => {
      if (!makePath || error.code !== 'NO_NODE' || parent === '') throw error;
      await this.create(parent, '', { makePath }).catch(unless('NODE_EXISTS'));
      return send();
    });
    return created;
  }

  async setData(path: string, data: Buffer | string, version = -1): Promise<Stat> {
    const [stat] = await this.#ask<[NativeStat]>(path, (native, done) => native.a_set(path, data, version, done));
    return toStat(stat);
  }

  async delete(path: string, version = -1): Promise<void> {
    await this.#ask<[]>(path, (native, done) => native.a_delete_(path, version, done));
  }

  /** Ends the session. The event loop stands still until the server has answered, for at most some seconds. */
  close(): Promise<void> {
    this.#become('closed');
    // The native code must not be closed by one of its own callbacks.
    this.#closed ??= new Promise((resolve) => setImmediate(() => resolve(void this.#native.close())));
    return this.#closed;
  }

  #connect(): NativeZooKeeper {
    const native = this.#make();
    native.on('connect', () => this.#become('connected'));
    native.on('connecting', () => this.#state === 'connected' && this.#become('suspended'));
    native.on('close', (_native: unknown, code: number) => {
      this.#become(code === SESSION_EXPIRED ? 'lost' : 'closed');
      if (this.#state === 'lost') this.#native = this.#connect();
    });
    native.init({});
    return native;
  }

  #become(state: ClientState): void {
    if (this.#state === state || this.#state === 'closed') return;
    this.#state = state;
    this.emit('state', state);
  }

  /** For one read: the native code also calls its watchers when the connection ends, with a negative type. */
  #once(path: string, watcher: Watcher): NativeWatcher {
    return (number) => {
      const type = EVENTS[number - 1];
      if (type && this.#state !== 'closed') watcher({ type, path });
    };
  }

  #ask<T extends unknown[]>(
    path: string,
    send: (native: NativeZooKeeper, callback: Callback<T>) => number,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (number: number): void => {
        const code = this.#state === 'closed' ? 'CLIENT_CLOSED' : (CODES[number] ?? 'UNKNOWN');
        reject(new ZooKeeperError(code, `${path}: ${code} (${number})`, { path, serverCode: number }));
      };
      const callback: Callback<T> = (number, _message, ...values) => (number === 0 ? resolve(values) : fail(number));
      if (this.#state === 'closed') return fail(INVALID_STATE);
      // The native code puts the chroot before the path unseen, and a string of C ends at a zero.
      if (!path.startsWith('/') || path.includes('\0')) return fail(BAD_ARGUMENTS);
      const number = send(this.#native, callback);
      if (number < 0) fail(number);
    });
  }
}

function toStat(stat: NativeStat): Stat {
  return {
    ...stat,
    czxid: BigInt(stat.czxid),
    mzxid: BigInt(stat.mzxid),
    pzxid: BigInt(stat.pzxid),
    ctime: stat.ctime.getTime(),
    mtime: stat.mtime.getTime(),
    ephemeralOwner: BigInt(`0x${stat.ephemeralOwner}`),
  };
}

function unless(code: ErrorCode): (error: { code?: unknown }) => void {
  return (error) => {
    if (error.code !== code) throw error;
  };
}

// ---------- The service ----------

async function story(connectString: string, operator: ZooKeeperClient): Promise<void> {
  const ZooKeeper = createRequire(import.meta.url)('zookeeper') as new (config: object) => NativeZooKeeper;
  const client = new NativeClient(() => new ZooKeeper({ connect: connectString, timeout: 10_000 }));
  client.on('state', (state) => say('client', state));

  let flag: string | undefined;
  const apply = (value: string): void => {
    flag = value;
    say('flag', value);
  };
  new DataWatch(client, '/flag', (data) => apply(data ? String(data) : 'missing'));

  // ---------- The outside world: an operator with a client of their own ----------

  chapter('A service on the native package zookeeper');
  await eventually(() => flag === 'missing');
  await operator.create('/flag', 'off');
  await eventually(() => flag === 'off');
  await operator.setData('/flag', 'on');
  await eventually(() => flag === 'on');

  chapter('The service shuts down');
  await client.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await inSandbox(async ({ connectString, logger }) => {
    await using operator = await new ZooKeeperClient(connectString, { logger }).connect();
    await story(connectString, operator);
  });
}
