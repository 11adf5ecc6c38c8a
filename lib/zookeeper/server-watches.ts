import type { WireRequest } from '../protocol/requests.js';
import { removeWatchesRequest } from '../protocol/requests.js';
import type { ServerWatchKind, WatchTable } from './watch-table.js';

/** What the removal of watches needs of the session. */
export interface RemovalHost {
  /** Whether there is a connection that watches may stand on. */
  readonly isOpen: boolean;
  /** Whether requests are sent over it. */
  readonly isConnected: boolean;
  send(wire: WireRequest<void>, path: string): void;
}

/**
 * Takes the server's watch away when nobody here needs it any more. The server has one for all watchers of a path, so
 * that a removal must not meet a read that is about to arm it for somebody else.
 */
export class ServerWatches {
  readonly #watches: WatchTable;
  readonly #host: RemovalHost;
  /** Reads on their way that arm a watch, by kind and path. */
  readonly #arming = new Map<string, number>();
  /** What could not be removed when it became needless. */
  readonly #needless = new Map<string, readonly [ServerWatchKind, string]>();

  constructor(watches: WatchTable, host: RemovalHost) {
    this.#watches = watches;
    this.#host = host;
  }

  /** A read that arms a watch begins. To be told of its end, whatever it was. */
  arming(kind: ServerWatchKind, path: string): () => void {
    const key = keyOf(kind, path);
    this.#arming.set(key, (this.#arming.get(key) ?? 0) + 1);
    return () => {
      const others = (this.#arming.get(key) ?? 1) - 1;
      if (others > 0) {
        this.#arming.set(key, others);
        return;
      }
      this.#arming.delete(key);
      if (this.#needless.has(key)) this.remove(kind, path);
    };
  }

  /** Nobody here needs the watch any more. Without a connection there is none. */
  remove(kind: ServerWatchKind, path: string): void {
    const key = keyOf(kind, path);
    this.#needless.delete(key);
    if (!this.#host.isOpen || this.#watches.has(kind, path)) return;
    if (this.#host.isConnected && !this.#arming.has(key)) this.#host.send(removeWatchesRequest(path, kind), path);
    else this.#needless.set(key, [kind, path]);
  }

  /** What became needless while the watches were being armed again. */
  connected(): void {
    for (const [kind, path] of [...this.#needless.values()]) this.remove(kind, path);
  }

  /** The server has dropped its watches with the connection. */
  disconnected(): void {
    this.#needless.clear();
  }
}

function keyOf(kind: ServerWatchKind, path: string): string {
  return `${kind}:${path}`;
}
