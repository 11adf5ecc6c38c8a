import type { WatchedEvent } from '../../core/coordination-client.js';
import { parentOf } from '../../core/paths.js';

/** How long a watch stands, and for what: once, until it is removed, or for all that is below, too. */
export type WatchMode = 'standard' | 'persistent' | 'persistent-recursive';

/**
 * The watches of one kind. A target has one of one mode on a path: the latest counts, as in ZooKeeper before 3.9
 * (ZOOKEEPER-4466).
 */
export class WatchTable<T> {
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

  /** Who is to be told of an event. One-shot watches are gone with it. */
  fire(path: string, type: WatchedEvent['type']): Set<T> {
    const told = new Set<T>();
    for (const [target, mode] of this.#modesByPath.get(path) ?? []) {
      if (mode === 'persistent-recursive') continue;
      told.add(target);
      if (mode === 'standard') this.remove(path, target);
    }
    if (this.#recursive > 0 && type !== 'NodeChildrenChanged') this.#addRecursive(path, told);
    return told;
  }

  #addRecursive(path: string, told: Set<T>): void {
    for (let at: string | null = path; at !== null; at = parentOf(at)) {
      for (const [target, mode] of this.#modesByPath.get(at) ?? []) {
        if (mode === 'persistent-recursive') told.add(target);
      }
    }
  }

  #countRecursive(mode: WatchMode | undefined, by: number): void {
    if (mode === 'persistent-recursive') this.#recursive += by;
  }
}
