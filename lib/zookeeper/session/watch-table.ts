import type { WatchedEvent, Watcher } from '../../core/coordination-client.js';
import { callGuarded } from '../../core/guarded-emitter.js';
import { allOf, isOneOf, type OneOrMany, withOne, withoutOne } from '../../core/one-or-many.js';
import type { WatchedPaths } from '../../protocol/requests.js';

/** What a watch is armed for: a change of the data, the creation of a znode, a change of the children. */
export type WatchKind = keyof WatchedPaths;

/** What the server has one watch of for each path: that of `exists` is one for the data. */
export type ServerWatchKind = 'data' | 'child';

const KINDS_OF_SERVER_WATCH: Readonly<Record<ServerWatchKind, readonly WatchKind[]>> = {
  data: ['data', 'exist'],
  child: ['child'],
};

type Watchers = Map<string, OneOrMany<Watcher>>;

const KINDS_OF_EVENT: Readonly<Record<WatchedEvent['type'], readonly WatchKind[]>> = {
  NodeCreated: ['data', 'exist'],
  NodeDataChanged: ['data', 'exist'],
  NodeChildrenChanged: ['child'],
  NodeDeleted: ['data', 'exist', 'child'],
};

/** What a request may weigh: far enough below jute.maxbuffer (1 MiB), above which the server cuts the connection. */
const CHUNK_BYTES = 128 * 1024;

/** Length field and share of the header. */
const BYTES_PER_PATH = 4;

/** The one-shot watches of a client. They outlive its connections and sessions: each new connection arms them again. */
export class WatchTable {
  readonly #watchers: Readonly<Record<WatchKind, Watchers>> = { data: new Map(), exist: new Map(), child: new Map() };
  #isClosed = false;
  readonly #relative: (path: string) => string;
  readonly #report: (error: unknown, path: string) => void;

  /**
   * @param relative how the client's user names an absolute path
   * @param report takes what a watcher throws
   */
  constructor(relative: (path: string) => string, report: (error: unknown, path: string) => void) {
    this.#relative = relative;
    this.#report = report;
  }

  /** Notes a watch that the server has just armed. The same function on the same path and kind is one watch. */
  add(kind: WatchKind, path: string, watcher: Watcher): void {
    if (this.#isClosed) return;
    const watchers = this.#watchers[kind];
    watchers.set(path, withOne(watchers.get(path), watcher));
  }

  /** Takes a watcher back, whatever it is armed for on this path. Gives the server's watches that nobody needs any more. */
  remove(path: string, watcher: Watcher): ServerWatchKind[] {
    const freed = new Set<ServerWatchKind>();
    for (const kind of ['data', 'exist', 'child'] as const) {
      const watchers = this.#watchers[kind];
      const present = watchers.get(path);
      if (!isOneOf(present, watcher)) continue;
      const rest = withoutOne(present, watcher);
      if (rest === undefined) watchers.delete(path);
      else watchers.set(path, rest);
      freed.add(kind === 'child' ? 'child' : 'data');
    }
    return [...freed].filter((kind) => !this.has(kind, path));
  }

  /** Whether a watcher stands on the server's watch. */
  has(kind: ServerWatchKind, path: string): boolean {
    return KINDS_OF_SERVER_WATCH[kind].some((each) => this.#watchers[each].has(path));
  }

  /** Takes out the watches that an event is for, and calls them once the connection's own work is done. */
  fire(event: WatchedEvent): void {
    const called: Watcher[] = [];
    for (const kind of KINDS_OF_EVENT[event.type]) {
      const present = this.#watchers[kind].get(event.path);
      if (present === undefined) continue;
      this.#watchers[kind].delete(event.path);
      for (const watcher of allOf(present)) called.push(watcher);
    }
    if (called.length === 0) return;
    const path = this.#relative(event.path);
    const relativeEvent: WatchedEvent = Object.freeze({ type: event.type, path });
    queueMicrotask(() => {
      const report = (error: unknown) => this.#report(error, path);
      // A watcher of the data and the children is one watch.
      const watchers = called.length === 1 ? called : new Set(called);
      for (const watcher of watchers) if (!this.#isClosed) callGuarded(watcher, [relativeEvent], report);
    });
  }

  /** All watches, in portions that a server takes. What fires meanwhile is left out of the portions to come. */
  *chunks(): Generator<WatchedPaths> {
    let chunk: WatchedPaths = { data: [], exist: [], child: [] };
    let bytes = 0;
    for (const kind of ['data', 'exist', 'child'] as const) {
      for (const path of this.#watchers[kind].keys()) {
        const size = Buffer.byteLength(path) + BYTES_PER_PATH;
        if (bytes > 0 && bytes + size > CHUNK_BYTES) {
          yield chunk;
          chunk = { data: [], exist: [], child: [] };
          bytes = 0;
          if (!this.#watchers[kind].has(path)) continue;
        }
        chunk[kind].push(path);
        bytes += size;
      }
    }
    if (bytes > 0) yield chunk;
  }

  /** No watcher is called any more. */
  close(): void {
    this.#isClosed = true;
    for (const watchers of Object.values(this.#watchers)) watchers.clear();
  }
}
