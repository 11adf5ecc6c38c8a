import { atCaller } from '../core/at-caller.js';
import type {
  ChildrenAndStat,
  ClientState,
  CoordinationClient,
  CreateOptions,
  DataAndStat,
  Stat,
  StateChange,
  Watcher,
} from '../core/coordination-client.js';
import { ClientClosedError, ConnectionLossError, NodeExistsError, NoNodeError } from '../core/errors.js';
import { GuardedEmitter } from '../core/guarded-emitter.js';
import { parentOf, validatePath } from '../core/paths.js';
import type { Transaction } from '../core/transaction.js';
import { validateFunction } from '../core/validation.js';
import { type CompleteCreateOptions, copyOfData, toVersion } from '../core/znode-arguments.js';
import type { ClientLife } from './client-life.js';
import { sizeOf, toCreation, toStat, toWrappedAcl, toWrappedMode, validateSize } from './conversions.js';
import type { RequestList } from './request-list.js';
import { newTransaction } from './transaction.js';
import type { WatchKind, WatchTable } from './watch-table.js';
import type { Callback, NodeZooKeeperClient, NodeZooKeeperStat, WrappedWatcher } from './wrapped-client.js';

/** The events of a {@link NodeZooKeeperClientAdapter}. */
export interface NodeZooKeeperClientAdapterEvents {
  /** The state has changed. `change` names the server, the session and the cause. */
  state: (state: ClientState, change: StateChange) => void;
}

type ReadOperation<T extends unknown[]> = (
  client: NodeZooKeeperClient,
  watcher: WrappedWatcher | undefined,
  callback: Callback<T>,
) => void;

/** A header: xid and operation. */
const HEADER = 8;

/** The operations on znodes. Each checks its arguments, and makes one call of the client object. */
export abstract class AdapterOperations
  extends GuardedEmitter<NodeZooKeeperClientAdapterEvents>
  implements Pick<CoordinationClient, 'exists' | 'getData' | 'getChildren' | 'create' | 'setData' | 'delete'>
{
  /** @internal */
  protected abstract readonly requests: RequestList;
  /** @internal */
  protected abstract readonly watches: WatchTable;
  /** @internal */
  protected abstract readonly life: ClientLife;
  /** In bytes. @internal */
  protected abstract readonly maxRequestSize: number;

  /** Reads the znode's stat; `null` when it does not exist. The watch is armed in both cases. */
  async exists(path: string, watcher?: Watcher): Promise<Stat | null> {
    const read: ReadOperation<[NodeZooKeeperStat | null]> = (client, wrapped, callback) =>
      client.exists(path, wrapped, callback);
    const [stat] = await this.#read('exists', 'data', path, watcher, read);
    return stat ? toStat(stat) : null;
  }

  /**
   * Reads the znode's data and stat; null data reads as an empty Buffer.
   *
   * @throws {@link NoNodeError}; the watch is not armed then.
   */
  async getData(path: string, watcher?: Watcher): Promise<DataAndStat> {
    const read: ReadOperation<[Buffer | undefined, NodeZooKeeperStat]> = (client, wrapped, callback) =>
      client.getData(path, wrapped, callback);
    const [data, stat] = await this.#read('getData', 'data', path, watcher, read);
    return { data: data ?? Buffer.alloc(0), stat: toStat(stat) };
  }

  /**
   * Reads the names of the children, in no order, and the znode's stat.
   *
   * @throws {@link NoNodeError}; the watch is not armed then.
   */
  async getChildren(path: string, watcher?: Watcher): Promise<ChildrenAndStat> {
    const read: ReadOperation<[string[], NodeZooKeeperStat]> = (client, wrapped, callback) =>
      client.getChildren(path, wrapped, callback);
    const [children, stat] = await this.#read('getChildren', 'child', path, watcher, read);
    return { children, stat: toStat(stat) };
  }

  /**
   * Creates a znode. node-zookeeper-client knows no mode `container`.
   *
   * @returns the path created, which ends in ten more digits when the mode is sequential.
   * @throws {@link NodeExistsError}, {@link NoNodeError} when the parent is missing (see `makePath`),
   * {@link ConnectionLossError} when the outcome is unknown.
   */
  async create(path: string, data: Buffer | string = '', options?: CreateOptions): Promise<string> {
    const creation = toCreation(path, options);
    return await this.#create(path, copyOfData(data), creation);
  }

  /**
   * Sets the data; `version` -1 means any version.
   *
   * @throws {@link NoNodeError}, {@link BadVersionError}, {@link ConnectionLossError} when the outcome is unknown.
   */
  async setData(path: string, data: Buffer | string, version = -1): Promise<Stat> {
    validatePath(path);
    const [copy, required] = [copyOfData(data), toVersion(version)];
    const [stat] = await this.#write(
      'setData',
      path,
      sizeOf(this.#absolute(path), copy),
      (client, callback: Callback<[NodeZooKeeperStat]>) => client.setData(path, copy, required, callback),
    );
    return toStat(stat);
  }

  /**
   * Deletes a znode that has no children; `version` -1 means any version.
   *
   * @throws {@link NoNodeError}, {@link BadVersionError}, {@link NotEmptyError}, {@link ConnectionLossError} when the
   * outcome is unknown.
   */
  async delete(path: string, version = -1): Promise<void> {
    validatePath(path);
    const required = toVersion(version);
    await this.#write('delete', path, sizeOf(this.#absolute(path)), (client, callback: Callback<[]>) =>
      client.remove(path, required, callback),
    );
  }

  /** Begins several writes that happen together or not at all. Version 0 is version 0. */
  transaction(): Transaction {
    return newTransaction((path, size, send) =>
      this.#write('commit', path, size(this.life.wrapped?.chroot ?? ''), send),
    );
  }

  /** Removes a one-shot watcher, unless a read on its way arms it again. The server's watch stays until it fires. */
  removeWatcher(path: string, watcher: Watcher): void {
    validatePath(path);
    validateFunction('watcher', watcher);
    this.watches.remove(path, watcher);
  }

  async #create(path: string, data: Buffer, { mode, acl, makePath }: CompleteCreateOptions): Promise<string> {
    const create = async (): Promise<string> => {
      const [created] = await this.#write(
        'create',
        path,
        sizeOf(this.#absolute(path), data, acl),
        (client, callback: Callback<[string]>) =>
          client.create(path, data, toWrappedAcl(acl) as never[], toWrappedMode(mode), callback),
      );
      return created;
    };
    const parent = makePath ? parentOf(path) : null;
    if (parent === null || parent === '/') return create();
    try {
      return await create();
    } catch (error) {
      if (!(error instanceof NoNodeError)) throw error;
    }
    try {
      await this.#create(parent, Buffer.alloc(0), { mode: 'persistent', acl, makePath, ttl: undefined });
    } catch (error) {
      if (!(error instanceof NodeExistsError)) throw error;
    }
    return create();
  }

  async #read<T extends unknown[]>(
    name: string,
    kind: WatchKind,
    path: string,
    watcher: Watcher | undefined,
    read: ReadOperation<T>,
  ): Promise<T> {
    validatePath(path);
    if (watcher !== undefined) validateFunction('watcher', watcher);
    this.#validate(name, path, sizeOf(this.#absolute(path)));
    const arming = watcher && this.watches.arm(kind, path, watcher);
    const request = {
      name,
      path,
      isWrite: false,
      send: (client: NodeZooKeeperClient, callback: Callback<T>) => read(client, arming?.wrapped, callback),
      settled: (isAnswered: boolean) => arming?.ended(isAnswered),
      tooLate: () => arming?.tooLate(),
    };
    return await this.requests.submit<T>(request).catch(atCaller);
  }

  async #write<T extends unknown[]>(
    name: string,
    path: string,
    size: number,
    send: (client: NodeZooKeeperClient, callback: Callback<T>) => void,
  ): Promise<T> {
    this.#validate(name, path, size);
    return await this.requests.submit({ name, path, isWrite: true, send }).catch(atCaller);
  }

  /** Throws for a request that cannot be sent. */
  #validate(name: string, path: string, size: number): void {
    validateSize(HEADER + size, this.maxRequestSize, name, path);
    if (this.life.state === 'closed') throw new ClientClosedError(`${name} ${path}: the client is closed`, { path });
    if (this.life.state !== 'latent') return;
    const hint = 'call connect() of the client object first; nothing was sent';
    throw new ConnectionLossError(`${name} ${path}: the client is not connected, ${hint}`, { path });
  }

  #absolute(path: string): string {
    return `${this.life.wrapped?.chroot ?? ''}${path}`;
  }
}
