import { type CompiledFilter, newestZxidOf, type TreeChange } from '../changes/index.js';
import { changesAfter, inSlices, orderChanges, type TreeSnapshot } from '../tree/index.js';

/** A filter of a subscription. */
export interface SubscribedFilter {
  readonly filter: CompiledFilter;
  /** Whether it was there from the start: it selects from all changes of the first call. */
  readonly isFirst: boolean;
  /** Changes after this zxid are handed out; `undefined` until the first tree is known. */
  after: bigint | undefined;
}

/**
 * The znodes that have changed since a filter with `since` counts from, and before it was added: they are still to be
 * handed out.
 */
export class Backlog {
  readonly subscribed: SubscribedFilter;
  /** The filters that counted before it. */
  readonly #earlier: readonly SubscribedFilter[];
  /** The paths of changes that were handed out since the filter was added. */
  readonly #handedOut = new Set<string>();

  constructor(subscribed: SubscribedFilter, earlier: readonly SubscribedFilter[]) {
    this.subscribed = subscribed;
    this.#earlier = [...earlier];
  }

  handedOut(path: string): void {
    this.#handedOut.add(path);
  }

  /** The changes, by zxid. */
  async changes(tree: TreeSnapshot): Promise<readonly TreeChange[]> {
    const all = await inSlices(orderChanges(changesAfter(this.subscribed.after ?? tree.position, tree), tree.position));
    return all.filter((change) => this.#isDue(change));
  }

  #isDue(change: TreeChange): boolean {
    if (this.#handedOut.has(change.path) || !selects(this.subscribed, change)) return false;
    return !this.#earlier.some((each) => selects(each, change));
  }
}

/** Whether a change is one that the filter counts for. */
export function selects({ filter, after }: SubscribedFilter, change: TreeChange): boolean {
  return after !== undefined && newestZxidOf(change) > after && filter.matches(change);
}
