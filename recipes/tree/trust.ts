import type { KnownNode } from './known-node.js';

/** The finding of a check: whether the server has left out reports, and how sure that is for this kind of server. */
export type Finding = 'silent' | 'misreporting';

/**
 * Checks that a recursive watch reports every change. Two things start a check: the time, as a watch can be gone
 * without a word; and an event at the root that has not changed, as from servers that report the root in place of the
 * znode that has changed (ClickHouse Keeper). A check reads znodes again that nothing was reported about.
 */
export class Trust {
  /** The root as it was when the server reported a change of it. */
  #suspectRoot: KnownNode | undefined;
  #check: Finding | null = null;
  /** Znodes that are read again only because of the time: those of the check that nothing was reported about. */
  #rechecked = new Set<string>();

  /** The server has reported a change of the root, which was read completely. */
  rootReported(root: KnownNode | undefined): void {
    this.#suspectRoot = root;
  }

  /** Znodes are about to be read again only because of the time. */
  startRecheck(paths: Iterable<string>): void {
    this.#check = 'silent';
    this.#rechecked = new Set(paths);
  }

  /** The server has reported a change of a znode. */
  reported(path: string): void {
    this.#rechecked.delete(path);
  }

  /** A round has ended. @returns whether everything has to be read again */
  mustCheck(root: KnownNode | undefined, hasNews: boolean): boolean {
    const suspect = this.#suspectRoot;
    this.#suspectRoot = undefined;
    if (!suspect || hasNews || !root || !suspect.isSame(root)) return false;
    this.#check = 'misreporting';
    return true;
  }

  /**
   * A round of a check has ended.
   *
   * @param changed the znodes that have changed
   * @param isDirty whether the znode was to be read, or is again: for an event, unless it is rechecked
   */
  judge(changed: Iterable<string>, isDirty: (path: string) => boolean): Finding | null {
    const [check, rechecked] = [this.#check, this.#rechecked];
    this.#check = null;
    this.#rechecked = new Set();
    if (check === null) return null;
    for (const path of changed) if (!isDirty(path) || rechecked.has(path)) return check;
    return null;
  }

  /** The connection has ended: changes may be found that nobody had to report. */
  reset(): void {
    this.#suspectRoot = undefined;
    this.#check = null;
    this.#rechecked.clear();
  }
}
