import type { CallContext } from '../../lib/core/call-context.js';
import { isThenable } from '../../lib/core/guarded-emitter.js';
import { isSliceOver, nextSlice } from '../../lib/core/slices.js';
import type { TreeChange } from '../changes/index.js';
import type { ChangeFunction } from './types.js';

/** The owner of the changes that are being handed out. */
export interface HandOutOwner {
  /** In which the function is called. */
  readonly context: CallContext;
  readonly isOver: boolean;
  /** A call begins. */
  calling(change: TreeChange): void;
  /** A call has settled. */
  settled(result: unknown): void;
  threw(error: unknown): void;
}

/** The changes of one call of a tree watch, on their way to a function: one at a time, in their order. */
export class HandOut {
  readonly #owner: HandOutOwner;
  readonly #changes: readonly TreeChange[];
  readonly #selects: (change: TreeChange) => boolean;
  /** By index: the oldest zxid of the change and all after it. */
  readonly #oldest: bigint[] = [];
  #next = 0;

  /** @param selects asked before each change, as filters come and go */
  constructor(owner: HandOutOwner, changes: readonly TreeChange[], selects: (change: TreeChange) => boolean) {
    this.#owner = owner;
    this.#changes = changes;
    this.#selects = selects;
    let oldest: bigint | undefined;
    for (let index = changes.length - 1; index >= 0; index -= 1) {
      const zxid = beginOf(changes[index] as TreeChange);
      if (oldest === undefined || zxid < oldest) oldest = zxid;
      this.#oldest[index] = oldest;
    }
  }

  /** The changes whose calls have settled, and those that no filter selected. */
  get done(): readonly TreeChange[] {
    return this.#changes.slice(0, this.#next);
  }

  /** The zxid up to which every change of these is done; `undefined` when all are. */
  get position(): bigint | undefined {
    const oldest = this.#oldest[this.#next];
    return oldest === undefined ? undefined : oldest - 1n;
  }

  /** Never rejects. */
  async run(func: ChangeFunction): Promise<void> {
    for (; this.#next < this.#changes.length; this.#next += 1) {
      if (isSliceOver()) await nextSlice();
      if (this.#owner.isOver) return;
      const change = this.#changes[this.#next] as TreeChange;
      if (!this.#selects(change)) continue;
      const settling = this.#call(func, change);
      if (settling) await settling;
    }
  }

  #call(func: ChangeFunction, change: TreeChange): Promise<void> | undefined {
    const owner = this.#owner;
    owner.calling(change);
    try {
      const result = owner.context.call(() => func(change));
      if (!isThenable(result)) {
        owner.settled(result);
        return undefined;
      }
      return Promise.resolve(result).then(
        (value) => owner.settled(value),
        (error) => owner.threw(error),
      );
    } catch (error) {
      owner.threw(error);
      return undefined;
    }
  }
}

/** From this zxid on a znode has not been what it was before the change: a deletion may be older than its zxid says. */
function beginOf({ type, recreated, node, zxid }: TreeChange): bigint {
  if (type === 'deleted') return 1n;
  return recreated && node ? node.stat.czxid : zxid;
}
