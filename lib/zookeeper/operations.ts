import { atCaller } from '../core/at-caller.js';
import type { Acl, CoordinationClient, CreateOptions, Stat } from '../core/coordination-client.js';
import { parentOf, validatePath } from '../core/paths.js';
import { retry } from '../core/retry.js';
import type { Transaction } from '../core/transaction.js';
import { toAcl, toCreation, toData, toVersion } from '../core/znode-arguments.js';
import { frameAnswered } from '../protocol/frame-memory.js';
import { createRequest, deleteRequest, setAclRequest, setDataRequest, type WireRequest } from '../protocol/requests.js';
import type { BranchOperations } from './branch-operations.js';
import { createWithParents, deleteBranch, ensurePath } from './branches.js';
import { ZnodeReads } from './reads.js';
import { isSpent } from './session/request-queue.js';
import { newTransaction } from './transaction.js';

/** The operations on znodes. Each checks its arguments, sends one request of the session, and decodes the reply. */
export abstract class ZnodeOperations
  extends ZnodeReads
  implements Pick<CoordinationClient, 'create' | 'setData' | 'delete'>
{
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
    const absolute = this.chroot.absoluteOf(path, mode);
    const wire = createRequest(absolute, toData(data), acl, mode, ttl);
    const parent = makePath ? parentOf(absolute) : null;
    const create = () => this.#write(wire, path);
    const created = parent === null ? create() : createWithParents(this.#branches, parent, acl, create).catch(atCaller);
    return this.chroot.relative(await created);
  }

  /**
   * Sets the data.
   *
   * @param version the version that the znode must have; -1, the default, is any.
   * @throws {@link NoNodeError}, {@link BadVersionError}, {@link ConnectionLossError} when the outcome is unknown.
   */
  async setData(path: string, data: Buffer | string, version = -1): Promise<Stat> {
    return await this.#write(setDataRequest(this.absolute(path), toData(data), toVersion(version)), path);
  }

  /**
   * Deletes a znode that has no children.
   *
   * @param version the version that the znode must have; -1, the default, is any.
   * @throws {@link NoNodeError}, {@link BadVersionError}, {@link NotEmptyError}, {@link ConnectionLossError} when the
   * outcome is unknown.
   */
  async delete(path: string, version = -1): Promise<void> {
    return await this.#write(deleteRequest(this.absolute(path), toVersion(version)), path);
  }

  /**
   * Sets the znode's access control list. No watch fires.
   *
   * @param version the version that the list must have (`stat.aversion`); -1, the default, is any.
   */
  async setAcl(path: string, acl: readonly Acl[], version = -1): Promise<Stat> {
    return await this.#write(setAclRequest(this.absolute(path), toAcl(acl), toVersion(version)), path);
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
    await deleteBranch(this.#branches, path).catch(atCaller);
  }

  /**
   * Creates the znode and its parents where they are missing, the chroot included: `ensurePath('/')` creates the
   * chroot. Retried on connection loss.
   */
  async ensurePath(path: string): Promise<void> {
    validatePath(path);
    await ensurePath(this.#branches, this.chroot.absolute(path)).catch(atCaller);
  }

  get #branches(): BranchOperations {
    const call = this.newCall();
    return {
      chroot: this.chroot,
      read: (wire, path) => this.read(wire, path),
      write: (wire, path) => this.submit({ wire, path, isRead: false, call }),
      retry: (operation) => retry(operation, this.readPolicy, this.closed, this.pauses, isSpent),
    };
  }

  async #write<T>(wire: WireRequest<T>, path: string): Promise<T> {
    try {
      const result = await this.submit({ wire, path, isRead: false });
      // After an error it may be sent again.
      frameAnswered(wire.frame);
      return result;
    } catch (error) {
      return atCaller(error);
    }
  }
}
