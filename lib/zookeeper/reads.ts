import { atCaller } from '../core/at-caller.js';
import { captureContext } from '../core/call-context.js';
import type {
  ChildrenAndStat,
  CoordinationClient,
  DataAndStat,
  Stat,
  Watcher,
  ZnodeRead,
} from '../core/coordination-client.js';
import type { ZooKeeperError } from '../core/errors.js';
import { CLIENT } from '../core/limits.js';
import { validatePath } from '../core/paths.js';
import { type CompleteRetryPolicy, mayRetry, type RetryPauses, retryAfter } from '../core/retry.js';
import { validateFunction } from '../core/validation.js';
import { requestTooLarge } from '../core/znode-arguments.js';
import {
  existsRequest,
  getAclRequest,
  getChildrenRequest,
  getDataRequest,
  syncRequest,
  type WireRequest,
  whoAmIRequest,
} from '../protocol/requests.js';
import type { AclAndStat, ClientIdentity } from './answers.js';
import { REARMING_BYTES, validateWatchedPath } from './arguments.js';
import { readMany } from './read-many.js';
import type { Chroot } from './session/chroot.js';
import type { OptionalOperation } from './session/optional-operations.js';
import type { Call } from './session/request-clock.js';
import { isSpent } from './session/request-queue.js';
import type { ArmingRead, ServerWatchType, Submission } from './session/submission.js';
import { SessionFacts } from './session-facts.js';

/** The reads of a client. Each checks its arguments, sends requests of the session, and decodes the replies. */
export abstract class ZnodeReads
  extends SessionFacts
  implements Pick<CoordinationClient, 'exists' | 'getData' | 'getChildren' | 'readMany' | 'sync' | 'lastZxid'>
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
    const absolute = this.absolute(path);
    return await this.read(existsRequest(absolute, watcher !== undefined), path, absolute, watcher, 'data');
  }

  /**
   * Reads the znode's data and stat; null data reads as an empty Buffer. The watch is armed by the same request, for a
   * change of the data and for the znode's deletion.
   *
   * @throws {@link NoNodeError}; the watch is not armed then.
   */
  async getData(path: string, watcher?: Watcher): Promise<DataAndStat> {
    const absolute = this.absolute(path);
    return await this.read(getDataRequest(absolute, watcher !== undefined), path, absolute, watcher, 'data');
  }

  /**
   * Reads the names of the children, in no order, and the znode's stat. The watch is armed by the same request, for a
   * created or deleted child and for the znode's own deletion.
   *
   * @throws {@link NoNodeError}; the watch is not armed then.
   */
  async getChildren(path: string, watcher?: Watcher): Promise<ChildrenAndStat> {
    const absolute = this.absolute(path);
    return await this.read(getChildrenRequest(absolute, watcher !== undefined), path, absolute, watcher, 'child');
  }

  /**
   * Reads data, stat and children of many znodes, some hundred of them in one request. For each path, in the order of
   * the paths, the result is the znode or the error of its read, such as {@link NoNodeError}. Data and children of a
   * znode are of one state of it; different znodes may be of different states. Arms no watch. Each request is retried
   * on connection loss.
   *
   * Servers have such requests since ZooKeeper 3.6. At an older one, which is found out by the end of a connection, and
   * with `data: false`, each znode is read by requests of its own; `data` is then empty in each result.
   *
   * With `leaves: true`, for znodes that are expected to be small and to have no children, the first requests ask for
   * as many znodes as the largest ones do, and for data alone. The results are the same.
   *
   * @throws {@link ConnectionLossError} and {@link ClientClosedError}, for all of them together.
   *
   * @example
   * ```ts
   * import { ZooKeeperClient, ZooKeeperError } from 'zk-recipes';
   *
   * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
   * const { children } = await client.getChildren('/workers');
   * const workers = await client.readMany(children.map((name) => `/workers/${name}`));
   * for (const [index, worker] of workers.entries()) {
   *   if (worker instanceof ZooKeeperError) console.log(children[index], worker.code);
   *   else console.log(children[index], String(worker.data), worker.children);
   * }
   * ```
   */
  async readMany(
    paths: readonly string[],
    options?: { readonly data?: boolean; readonly leaves?: boolean },
  ): Promise<(ZnodeRead | ZooKeeperError)[]> {
    const { chroot, maxRequestSize } = this;
    const read = async <T>(wire: WireRequest<T>, path: string, optional?: OptionalOperation): Promise<T> =>
      this.#request({ wire, path, isRead: true, call: this.newCall(), optional });
    return await readMany({ chroot, maxRequestSize, read }, paths, options).catch(atCaller);
  }

  /**
   * Removes a one-shot watcher: it is not called any more, and not armed again after a reconnection. A read on its way
   * still arms it. The server's watch is removed with the last watcher of the path.
   *
   * @throws {@link InvalidPathError} or {@link InvalidArgumentError} for bad input.
   */
  removeWatcher(path: string, watcher: Watcher): void {
    validateFunction('watcher', watcher);
    this.session.watches.remove(this.absolute(path), watcher);
  }

  /** Reads the znode's access control list and stat. */
  async getAcl(path: string): Promise<AclAndStat> {
    return await this.read(getAclRequest(this.absolute(path)), path);
  }

  /**
   * Brings the server that the client is connected to up to the leader: later reads show every earlier write. Retried
   * on connection loss. A leader that was cut off answers, too, until it notices (ZOOKEEPER-1675): only a write before
   * the read excludes that.
   */
  async sync(path: string): Promise<void> {
    return await this.read(syncRequest(this.absolute(path)), path);
  }

  /**
   * The identities that the server knows this client by, as ACLs name them: its address (`ip`), its credentials
   * (`digest`, `sasl`), its certificate (`x509`). Servers have it since ZooKeeper 3.7. With an older one the call
   * rejects with the code `UNIMPLEMENTED`, and the first call costs the connection; the session lives on.
   */
  async whoAmI(): Promise<ClientIdentity[]> {
    return await this.read(whoAmIRequest(), '/');
  }

  /** Its attempts settle in time, unless the user has asked for more of them. @internal */
  protected newCall(): Call | undefined {
    return this.readPolicy.maxAttempts > CLIENT.retry.maxAttempts ? undefined : {};
  }

  /** @internal */
  protected absolute(path: string): string {
    validatePath(path);
    return this.chroot.absolute(path);
  }

  /** @param type of the server's watch that the request arms for the watcher @internal */
  protected read<T>(wire: WireRequest<T>, path: string): Promise<T>;
  /** @internal */
  protected read<T>(
    wire: WireRequest<T>,
    path: string,
    absolute: string,
    watcher: Watcher | undefined,
    type: ServerWatchType,
  ): Promise<T>;
  /** @internal */
  protected read<T>(
    wire: WireRequest<T>,
    path: string,
    absolute = path,
    watcher?: Watcher,
    type: ServerWatchType = 'data',
  ): Promise<T> {
    let arms: ArmingRead | undefined;
    if (watcher !== undefined) {
      if (typeof watcher !== 'function') validateFunction('watcher', watcher);
      const { maxRequestSize } = this;
      if (wire.frame.length > maxRequestSize - REARMING_BYTES) validateWatchedPath(absolute, maxRequestSize);
      arms = { type, absolute, watcher, context: captureContext() };
    }
    // In one literal: a copy of another object with one property more would be slow to make, and to read.
    return this.#request({ wire, path, isRead: true, call: this.newCall(), arms });
  }

  /** Submits a read, again on connection loss. */
  #request<T>(submission: Submission<T>): Promise<T> {
    return this.submit(submission).catch((error) => this.#requestAgain(submission, error));
  }

  #requestAgain<T>(submission: Submission<T>, error: unknown): Promise<T> {
    const { readPolicy, closed, pauses } = this;
    // At once: a promise that has rejected already would not lead to those who await this one.
    if (!mayRetry(error, 1, readPolicy, isSpent)) return atCaller(error);
    const attempt = (): Promise<T> => this.submit(submission);
    return retryAfter(error, attempt, readPolicy, closed, pauses, isSpent).catch(atCaller);
  }

  /** Refuses a request that would make the server close the connection. @internal */
  protected submit<T>(submission: Submission<T>): Promise<T> {
    const { wire, path } = submission;
    const size = wire.frame.length - 4;
    if (size > this.maxRequestSize) throw requestTooLarge(wire.name, path, size, this.maxRequestSize);
    return this.session.submit(submission);
  }
}
