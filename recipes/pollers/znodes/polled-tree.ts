import { onAbort } from '../../../lib/core/abort.js';
import type { ClientState, CoordinationClient } from '../../../lib/core/coordination-client.js';
import { ConnectionLossError, WatchStoppedError } from '../../../lib/core/errors.js';
import { isServed } from '../../../lib/core/is-served.js';
import type { StopReason, Watch } from '../../delivering/index.js';
import { type Tree, TreeController } from '../../tree/index.js';

/** The properties of a tree that is polled. */
export interface PolledTreeConfig {
  readonly path: string;
  /** How many levels below the root belong to it. */
  readonly depth: number;
  readonly ignore: ((path: string) => boolean) | undefined;
  /** Called with each tree, and the paths that differ from the one before. */
  readonly onTree: (tree: Tree, paths: readonly string[]) => void;
}

/** Waits for the tree to be the server's. */
interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/** The watch of a tree, without a public face: it can be awaited that it has everything. */
export class PolledTree extends TreeController {
  readonly #path: string;
  readonly #waiters = new Set<Waiter>();
  /** The last failure of its reads, until one succeeds. */
  #failure: { readonly error: unknown } | undefined;

  constructor(client: CoordinationClient, { path, depth, ignore, onTree }: PolledTreeConfig) {
    const watch: Watch = {
      path,
      emit: (event: 'error' | 'stop' | 'resynced', argument?: unknown): boolean => {
        if (event === 'stop') this.#stopped(argument as StopReason);
        // Errors of single znodes are for the log.
        return event === 'stop';
      },
    };
    super(watch, client, {
      kind: 'tree',
      path,
      hasData: false,
      depth,
      ignore,
      since: undefined,
      first: 'created',
      maxIdleTimeout: Infinity,
      isStirredByCalls: false,
      signal: undefined,
    });
    this.#path = path;
    this.claim((tree, changes) =>
      onTree(
        tree,
        changes.map((change) => change.path),
      ),
    );
    this.begin();
  }

  /**
   * Resolves once every change that the server has reported was handed over. Rejects when that cannot be known: a read
   * fails, or the connection is lost.
   */
  caughtUp(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) throw signal.reason;
      const { client } = this;
      const waiter: Waiter = {
        resolve: () => settle(resolve),
        reject: (error) => settle(() => reject(error)),
      };
      const onState = (state: ClientState): void => {
        if (!isServed(state))
          waiter.reject(new ConnectionLossError(`the connection was lost (${state})`, { path: this.#path }));
      };
      const settle = (end: () => void): void => {
        this.#waiters.delete(waiter);
        client.off('state', onState);
        letGo();
        end();
      };
      const letGo = onAbort(signal, () => waiter.reject(signal.reason));
      this.#waiters.add(waiter);
      client.on('state', onState);
      onState(client.state);
      this.#check();
    });
  }

  override failed(error: unknown): void {
    this.#failure = { error };
    this.#check();
  }

  override currencyChanged(): void {
    super.currencyChanged();
    this.#check();
  }

  protected override becameIdle(): void {
    super.becameIdle();
    this.#check();
  }

  #check(): void {
    const isCaughtUp = this.isFresh && !this.isBusy;
    if (isCaughtUp) this.#failure = undefined;
    for (const waiter of [...this.#waiters]) {
      if (isCaughtUp) waiter.resolve();
      else if (this.isOver) waiter.reject(this.#overError('stopped'));
      else if (this.#failure) waiter.reject(this.#failure.error);
    }
  }

  #stopped(reason: StopReason): void {
    for (const waiter of [...this.#waiters]) waiter.reject(this.#overError(reason));
  }

  #overError(reason: StopReason): WatchStoppedError {
    return new WatchStoppedError(`the watch of ${this.#path} has ended (${reason})`, { path: this.#path });
  }
}
