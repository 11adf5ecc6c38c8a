import { TREE } from '../../lib/core/limits.js';
import { ChangeSet, type Coalesced } from '../changes/index.js';
import { type KnownNode, NODE_IDENTITY } from './known-node.js';
import { inSlices, type Work } from './slices.js';

type Changes = readonly Coalesced<KnownNode>[];

/** The changes since the last call, as lists that follow each other. Several are merged to one change per path. */
export class PendingChanges {
  readonly #merged = new ChangeSet<KnownNode>(NODE_IDENTITY);
  readonly #lists: Changes[] = [];
  /** The first change of the first list that is not merged. */
  #next = 0;
  #isMerging = false;

  /** Takes no time, however long the list: it is merged in slices. */
  add(list: Changes): void {
    if (list.length > 0) this.#lists.push(list);
    if (this.#isAlone || this.#isMerging) return;
    this.#isMerging = true;
    void this.#mergeLater();
  }

  /** One change per path. */
  *take(): Work<Iterable<Coalesced<KnownNode>>> {
    const [alone] = this.#lists;
    if (this.#isAlone) return alone ?? [];
    yield* this.#merge();
    return this.#merged.changes();
  }

  /** Whether there is at most one list, which needs no merging. */
  get #isAlone(): boolean {
    return this.#lists.length < 2 && this.#next === 0 && this.#merged.size === 0;
  }

  async #mergeLater(): Promise<void> {
    await inSlices(this.#merge());
    this.#isMerging = false;
  }

  /** Two of them may alternate. */
  *#merge(): Work<void> {
    for (let list = this.#lists[0]; list; list = this.#lists[0]) {
      const change = list[this.#next];
      if (change) this.#merged.add(change);
      this.#next += 1;
      if (this.#next >= list.length) {
        this.#lists.shift();
        this.#next = 0;
      }
      if (this.#next % TREE.mergedAtOnce === 0) yield;
    }
  }
}
