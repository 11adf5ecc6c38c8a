import { captureContext } from '../core/call-context.js';
import type {
  Acl,
  ChildrenAndStat,
  CoordinationClient,
  CreateOptions,
  DataAndStat,
  Stat,
  Watcher,
} from '../core/coordination-client.js';
import { CLIENT } from '../core/limits.js';
import { parentOf, validatePath } from '../core/paths.js';
import { type CompleteRetryPolicy, type RetryPauses, retry, retryAfter } from '../core/retry.js';
import type { Transaction } from '../core/transaction.js';
import { validateFunction } from '../core/validation.js';
import { requestTooLarge, toAcl, toCreation, toData, toVersion } from '../core/znode-arguments.js';
import {
  createRequest,
  deleteRequest,
  existsRequest,
  getAclRequest,
  getChildrenRequest,
  getDataRequest,
  setAclRequest,
  setDataRequest,
  syncRequest,
  type WireRequest,
  whoAmIRequest,
} from '../protocol/requests.js';
import { REARMING_BYTES, validateWatchedPath } from './arguments.js';
import type { BranchOperations } from './branch-operations.js';
import { createWithParents, deleteBranch, ensurePath } from './branches.js';
import type { Chroot } from './chroot.js';
import type { Call } from './session/request-clock.js';
import { isSpent } from './session/request-queue.js';
import type { ServerWatchType, Submission } from './session/submission.js';
import { SessionFacts } from './session-facts.js';
import { newTransaction } from './transaction.js';

/** An access control list, and the stat of its znode. */
export interface AclAndStat {
  /** The access control list. */
  acl: Acl[];
  /** The znode's stat; `stat.aversion` is the version of the list. */
  stat: Stat;
}

/** An identity that a server knows a client by. */
export interface ClientIdentity {
  /** The authentication scheme: `ip`, `digest`, `sasl`, `x509`, ... */
  scheme: string;
  /** In the syntax of the scheme. For `digest` it is the user alone. */
  id: string;
}

/** The operations on znodes. Each checks its arguments, sends one request of the session, and decodes the reply. */
export abstract class ZnodeOperations
  extends SessionFacts
  implements Pick<CoordinationClient, 'exists' | 'getData' | 'getChildren' | 'create' | 'setData' | 'delete'>
{
  /** @internal */
  protected abstract readonly chroot: Chroot;
  /** @internal */
  protected abstract readonly readPolicy: CompleteRetryPolicy;
  /** @internal */
  protected abstract readonly pauses: RetryPauses;
  /** In bytes. @internal */
  protected abstract readonly maxRequestSize: number;
  /** Aborts when the client is closed. @internal */
  protected abstract readonly closed: AbortSignal;

  /**
   * Reads the znode's stat; `null` when it does not exist. The watch is armed in both cases: for the znode's creation,
   * or for a change of its data and its deletion.
   */
  async exists(path: string, watcher?: Watcher): Promise<Stat | null> {
    const absolute = this.#absolute(path);
    return this.#read(existsRequest(absolute, watcher !== undefined), path, absolute, watcher, 'data');
  }

  /**
   * Reads the znode's data and stat; null data reads as an empty Buffer. The watch is armed by the same request, for a
   * change of the data and for the znode's deletion.
   *
   * @throws {@link NoNodeError}; the watch is not armed then.
   */
  async getData(path: string, watcher?: Watcher): Promise<DataAndStat> {
    const absolute = this.#absolute(path);
    return this.#read(getDataRequest(absolute, watcher !== undefined), path, absolute, watcher, 'data');
  }

  /**
   * Reads the names of the children, in no order, and the znode's stat. The watch is armed by the same request, for a
   * created or deleted child and for the znode's own deletion.
   *
   * @throws {@link NoNodeError}; the watch is not armed then.
   */
  async getChildren(path: string, watcher?: Watcher): Promise<ChildrenAndStat> {
    const absolute = this.#absolute(path);
    return this.#read(getChildrenRequest(absolute, watcher !== undefined), path, absolute, watcher, 'child');
  }

  /**
   * Removes a one-shot watcher: it is not called any more, and not armed again after a reconnection. The server's watch
   * is removed with the last watcher of the path.
   *
   * @throws {@link InvalidPathError} or {@link InvalidArgumentError} for bad input.
   */
  removeWatcher(path: string, watcher: Watcher): void {
    validateFunction('watcher', watcher);
    this.session.watches.remove(this.#absolute(path), watcher);
  }

  /**
   * Creates a znode.
   *
   * @param data a string is sent as UTF-8. Default: empty.
   * @returns the path created, which ends in ten more digits when the mode is sequential.
   * @throws {@link NodeExistsError}, {@link NoNodeError} when the parent is missing (see `makePath`),
   * {@link NoChildrenForEphemeralsError}, {@link ConnectionLossError} when the outcome is unknown.
   */
  async create(path: string, data: Buffer | string = '', options?: CreateOptions): Promise<string> {
    const { mode, acl, makePath, ttl } = toCreation(path, options);
    const wire = createRequest(this.chroot.absoluteOf(path, mode), toData(data), acl, mode, ttl);
    const parent = makePath ? parentOf(path) : null;
    const create = () => this.#write(wire, path);
    const created = parent === null ? create() : createWithParents(this.#branches, parent, acl, create);
    return this.chroot.relative(await created);
  }

  /**
   * Sets the data.
   *
   * @param version the version that the znode must have; -1, the default, is any.
   * @throws {@link NoNodeError}, {@link BadVersionError}, {@link ConnectionLossError} when the outcome is unknown.
   */
  async setData(path: string, data: Buffer | string, version = -1): Promise<Stat> {
    return this.#write(setDataRequest(this.#absolute(path), toData(data), toVersion(version)), path);
  }

  /**
   * Deletes a znode that has no children.
   *
   * @param version the version that the znode must have; -1, the default, is any.
   * @throws {@link NoNodeError}, {@link BadVersionError}, {@link NotEmptyError}, {@link ConnectionLossError} when the
   * outcome is unknown.
   */
  async delete(path: string, version = -1): Promise<void> {
    return this.#write(deleteRequest(this.#absolute(path), toVersion(version)), path);
  }

  /** Reads the znode's access control list and stat. */
  async getAcl(path: string): Promise<AclAndStat> {
    return this.#read(getAclRequest(this.#absolute(path)), path);
  }

  /**
   * Sets the znode's access control list. No watch fires.
   *
   * @param version the version that the list must have (`stat.aversion`); -1, the default, is any.
   */
  async setAcl(path: string, acl: Acl[], version = -1): Promise<Stat> {
    return this.#write(setAclRequest(this.#absolute(path), toAcl(acl), toVersion(version)), path);
  }

  /**
   * Brings the server that the client is connected to up to the leader: later reads show every earlier write. Retried
   * on connection loss.
   */
  async sync(path: string): Promise<void> {
    return this.#read(syncRequest(this.#absolute(path)), path);
  }

  /**
   * The identities that the server knows this client by, as ACLs name them: its address (`ip`), its credentials
   * (`digest`, `sasl`), its certificate (`x509`). Servers have it since ZooKeeper 3.7. With an older one the call
   * rejects with the code `UNIMPLEMENTED`, and the first call costs the connection; the session lives on.
   */
  async whoAmI(): Promise<ClientIdentity[]> {
    return this.#read(whoAmIRequest(), '/');
  }

  /** Begins several writes that happen together or not at all. */
  transaction(): Transaction {
    return newTransaction(this.chroot, (wire, path) => this.#write(wire, path));
  }

  /**
   * Deletes a znode and all znodes below it, children first. Resolves when there is none. Each request is retried on
   * connection loss. At most 100 requests are in flight, and the tree is never held in memory. The first failure ends
   * it: what was deleted by then stays deleted.
   *
   * @throws {@link NotEmptyError} when other clients keep creating children; {@link NoAuthError}. Both name the znode.
   */
  async deleteRecursive(path: string): Promise<void> {
    validatePath(path);
    await deleteBranch(this.#branches, path);
  }

  /**
   * Creates the znode and its parents where they are missing, the chroot included: `ensurePath('/')` creates the
   * chroot. Retried on connection loss.
   */
  async ensurePath(path: string): Promise<void> {
    validatePath(path);
    await ensurePath(this.#branches, path);
  }

  get #branches(): BranchOperations {
    const call = this.#newCall();
    return {
      chroot: this.chroot,
      read: (wire, path) => this.#read(wire, path),
      write: (wire, path) => this.#submit({ wire, path, isRead: false, call }),
      retry: (operation) => retry(operation, this.readPolicy, this.closed, this.pauses, isSpent),
    };
  }

  /** Its attempts settle in time, unless the user has asked for more of them. */
  #newCall(): Call | undefined {
    return this.readPolicy.maxAttempts > CLIENT.retry.maxAttempts ? undefined : {};
  }

  #absolute(path: string): string {
    validatePath(path);
    return this.chroot.absolute(path);
  }

  /** @param type of the server's watch that the request arms for the watcher */
  #read<T>(wire: WireRequest<T>, path: string): Promise<T>;
  #read<T>(
    wire: WireRequest<T>,
    path: string,
    absolute: string,
    watcher: Watcher | undefined,
    type: ServerWatchType,
  ): Promise<T>;
  #read<T>(
    wire: WireRequest<T>,
    path: string,
    absolute = path,
    watcher?: Watcher,
    type: ServerWatchType = 'data',
  ): Promise<T> {
    let submission: Submission<T> = { wire, path, isRead: true, call: this.#newCall() };
    if (watcher !== undefined) {
      if (typeof watcher !== 'function') validateFunction('watcher', watcher);
      const { maxRequestSize } = this;
      if (wire.frame.length > maxRequestSize - REARMING_BYTES) validateWatchedPath(absolute, maxRequestSize);
      submission = { ...submission, arms: { type, absolute, watcher, context: captureContext() } };
    }
    const attempt = () => this.#submit(submission);
    return attempt().catch((error) => retryAfter(error, attempt, this.readPolicy, this.closed, this.pauses, isSpent));
  }

  #write<T>(wire: WireRequest<T>, path: string): Promise<T> {
    return this.#submit({ wire, path, isRead: false });
  }

  /** Refuses a request that would make the server close the connection. */
  #submit<T>(submission: Submission<T>): Promise<T> {
    const { wire, path } = submission;
    const size = wire.frame.length - 4;
    if (size > this.maxRequestSize) throw requestTooLarge(wire.name, path, size, this.maxRequestSize);
    return this.session.submit(submission);
  }
}
