import type { WireRequest } from '../../protocol/requests.js';
import { removeWatchesRequest } from '../../protocol/requests.js';
import type { ServerWatchKind, WatchTable } from './watch-table.js';

const KINDS: readonly ServerWatchKind[] = ['data', 'child'];

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
  /** How many reads are on their way that arm a watch, by path. */
  readonly #arming: Readonly<Record<ServerWatchKind, Map<string, number>>> = { data: new Map(), child: new Map() };
  /** What could not be removed when it became needless. */
  readonly #needless: Readonly<Record<ServerWatchKind, Set<string>>> = { data: new Set(), child: new Set() };

  constructor(watches: WatchTable, host: RemovalHost) {
    this.#watches = watches;
    this.#host = host;
  }

  /** A read that arms a watch begins. */
  arming(kind: ServerWatchKind, path: string): void {
    this.#arming[kind].set(path, (this.#arming[kind].get(path) ?? 0) + 1);
  }

  /** A read that was to arm a watch has ended, whatever came of it. */
  armed(kind: ServerWatchKind, path: string): void {
    const others = (this.#arming[kind].get(path) ?? 1) - 1;
    if (others > 0) {
      this.#arming[kind].set(path, others);
      return;
    }
    this.#arming[kind].delete(path);
    if (this.#needless[kind].has(path)) this.remove(kind, path);
  }

  /** Nobody here needs the watch any more. Without a connection there is none. */
  remove(kind: ServerWatchKind, path: string): void {
    this.#needless[kind].delete(path);
    if (!this.#host.isOpen || this.#watches.has(kind, path)) return;
    if (this.#host.isConnected && !this.#arming[kind].has(path))
      this.#host.send(removeWatchesRequest(path, kind), path);
    else this.#needless[kind].add(path);
  }

  /** What became needless while the watches were being armed again. */
  connected(): void {
    for (const kind of KINDS) for (const path of [...this.#needless[kind]]) this.remove(kind, path);
  }

  /** The server has dropped its watches with the connection. */
  disconnected(): void {
    for (const kind of KINDS) this.#needless[kind].clear();
  }
}
