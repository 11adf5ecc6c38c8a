import { type CallContext, captureContext } from '../core/call-context.js';
import type { WatchedEvent, Watcher } from '../core/coordination-client.js';
import { callGuarded } from '../core/guarded-emitter.js';
import { soon } from '../core/soon.js';
import type { WrappedClient, WrappedWatcher } from './wrapped-client.js';

/** A `data` watch is armed by `exists` and `getData`, a `child` watch by `getChildren`. */
export type WatchKind = 'data' | 'child';

const TYPES: Readonly<Record<number, WatchedEvent['type']>> = {
  1: 'NodeCreated',
  2: 'NodeDeleted',
  3: 'NodeDataChanged',
  4: 'NodeChildrenChanged',
};

/** The watchers of one kind and path, behind one function for node-zookeeper-client, which compares functions. */
interface Watched {
  readonly kind: WatchKind;
  readonly path: string;
  readonly wrapped: WrappedWatcher;
  /** Reads in flight that arm the watch. */
  reads: number;
  armed: Map<Watcher, CallContext>;
  /** The watchers of each event that has come, and whose microtask has not. */
  readonly fired: Set<Map<Watcher, CallContext>>;
}

/** A read in flight that is to arm a watch. */
export interface Arming {
  readonly wrapped: WrappedWatcher;
  /** The read has ended; called once. The watcher stands from now on if it has armed the watch. */
  ended(isArmed: boolean): void;
  /** An answer came after the end: the package has kept the function for nobody. */
  tooLate(): void;
}

/** The one-shot watchers of the adapter. They live as long as the connection that armed them. */
export class WatchTable {
  readonly #tables: Record<WatchKind, Map<string, Watched>> = { data: new Map(), child: new Map() };
  readonly #wrappedClient: () => WrappedClient | undefined;
  readonly #threw: (error: unknown, path: string) => void;

  constructor(wrappedClient: () => WrappedClient | undefined, threw: (error: unknown, path: string) => void) {
    this.#wrappedClient = wrappedClient;
    this.#threw = threw;
  }

  /** The number of armed watchers. */
  get size(): number {
    let size = 0;
    for (const table of Object.values(this.#tables)) for (const { armed } of table.values()) size += armed.size;
    return size;
  }

  arm(kind: WatchKind, path: string, watcher: Watcher): Arming {
    const context = captureContext();
    const watched = this.#watched(kind, path);
    watched.reads += 1;
    return {
      wrapped: watched.wrapped,
      ended: (isArmed) => {
        watched.reads -= 1;
        if (isArmed) watched.armed.set(watcher, context);
        this.#forgetUnused(watched);
      },
      tooLate: () => this.#forgetUnused(watched),
    };
  }

  /** The watcher is not called any more. */
  remove(path: string, watcher: Watcher): void {
    for (const table of Object.values(this.#tables)) {
      const watched = table.get(path);
      for (const fired of watched?.fired ?? []) fired.delete(watcher);
      if (watched?.armed.delete(watcher)) this.#forgetUnused(watched);
    }
  }

  /** The connection has ended, and with it the server's watches. @param isClosed whether the adapter is closed */
  loseAll(isClosed: boolean): void {
    for (const table of Object.values(this.#tables)) {
      for (const watched of table.values()) {
        watched.armed.clear();
        if (isClosed) for (const fired of watched.fired) fired.clear();
        this.#forget(watched);
      }
    }
  }

  #watched(kind: WatchKind, path: string): Watched {
    const table = this.#tables[kind];
    const known = table.get(path);
    if (known) return known;
    const watched: Watched = {
      kind,
      path,
      wrapped: ({ type }) => this.#fired(watched, type),
      reads: 0,
      armed: new Map(),
      fired: new Set(),
    };
    table.set(path, watched);
    return watched;
  }

  /** Called by the package, for two kinds of its own perhaps twice. */
  #fired(watched: Watched, code: number): void {
    const type = TYPES[code];
    if (!type || watched.armed.size === 0) return;
    const { path } = watched;
    const fired = watched.armed;
    watched.armed = new Map();
    watched.fired.add(fired);
    this.#forgetUnused(watched);
    const event: WatchedEvent = Object.freeze({ type, path });
    soon(() => {
      for (const [watcher, context] of fired) {
        context.call(() => callGuarded(watcher, [event], (error) => this.#threw(error, path)));
      }
      watched.fired.delete(fired);
      this.#forgetUnused(watched);
    });
  }

  #forgetUnused(watched: Watched): void {
    if (watched.armed.size === 0 && watched.reads === 0) this.#forget(watched);
  }

  #forget(watched: Watched): void {
    const { kind, path, wrapped, reads, fired } = watched;
    const table = this.#tables[kind];
    if (reads === 0 && fired.size === 0 && table.get(path) === watched) table.delete(path);
    this.#wrappedClient()?.removeWatcher(kind, path, wrapped);
  }
}
