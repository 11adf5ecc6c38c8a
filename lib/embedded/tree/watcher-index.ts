import type { WatchedEvent } from '../../core/coordination-client.js';
import { parentOf } from '../../core/paths.js';

/** A `standard` watch fires once, a `persistent` one until it is removed, a recursive one also for all znodes below. */
export type WatchMode = 'standard' | 'persistent' | 'persistent-recursive';

/**
 * The data watches or the child watches of a server, by path and by target. A target has one watch on a path, and the
 * latest mode replaces the earlier one, as in ZooKeeper before 3.9 (ZOOKEEPER-4466).
 */
export class WatcherIndex<T> {
  readonly #modesByPath = new Map<string, Map<T, WatchMode>>();
  readonly #pathsByTarget = new Map<T, Set<string>>();
  #recursive = 0;

  get size(): number {
    let size = 0;
    for (const paths of this.#pathsByTarget.values()) size += paths.size;
    return size;
  }

  get targets(): ReadonlyMap<T, ReadonlySet<string>> {
    return this.#pathsByTarget;
  }

  get paths(): ReadonlyMap<string, ReadonlyMap<T, WatchMode>> {
    return this.#modesByPath;
  }

  add(path: string, target: T, mode: WatchMode): void {
    let modes = this.#modesByPath.get(path);
    if (!modes) {
      modes = new Map();
      this.#modesByPath.set(path, modes);
    }
    this.#countRecursive(modes.get(target), -1);
    modes.set(target, mode);
    this.#countRecursive(mode, 1);
    const paths = this.#pathsByTarget.get(target);
    if (paths) paths.add(path);
    else this.#pathsByTarget.set(target, new Set([path]));
  }

  remove(path: string, target: T): boolean {
    const modes = this.#modesByPath.get(path);
    if (!modes?.has(target)) return false;
    this.#countRecursive(modes.get(target), -1);
    modes.delete(target);
    if (modes.size === 0) this.#modesByPath.delete(path);
    const paths = this.#pathsByTarget.get(target);
    paths?.delete(path);
    if (paths?.size === 0) this.#pathsByTarget.delete(target);
    return true;
  }

  removeAll(target: T): void {
    for (const path of this.#pathsByTarget.get(target) ?? []) this.remove(path, target);
  }

  /** Returns the targets of an event and removes their one-shot watches. */
  fire(path: string, type: WatchedEvent['type']): Set<T> {
    const fired = this.fireOn(path);
    if (this.#recursive > 0) for (const [target] of this.recursive(path, type)) fired.add(target);
    return fired;
  }

  /** The same without the recursive watches. */
  fireOn(path: string): Set<T> {
    const fired = new Set<T>();
    for (const [target, mode] of this.#modesByPath.get(path) ?? []) {
      if (mode === 'persistent-recursive') continue;
      fired.add(target);
      if (mode === 'standard') this.remove(path, target);
    }
    return fired;
  }

  /** The targets of an event by recursive watches, each with the path of its watch. */
  *recursive(path: string, type: WatchedEvent['type']): Generator<[target: T, watched: string]> {
    if (type === 'NodeChildrenChanged') return;
    for (let at: string | null = path; at !== null; at = parentOf(at)) {
      for (const [target, mode] of this.#modesByPath.get(at) ?? []) {
        if (mode === 'persistent-recursive') yield [target, at];
      }
    }
  }

  #countRecursive(mode: WatchMode | undefined, by: number): void {
    if (mode === 'persistent-recursive') this.#recursive += by;
  }
}
