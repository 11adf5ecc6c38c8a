import type { DataTree } from '../../../lib/embedded/tree/data-tree.js';
import type { History } from '../../oracle/history.js';
import { type Aspect, NO_ZNODE, printState, type WatchState } from '../../oracle/moment.js';
import type { Violation } from '../../oracle/rules.js';
import type { Lie } from './lies.js';

/** The states that the server held at one path. */
export class Truth implements History {
  readonly #tree: Pick<DataTree, 'get'>;
  readonly #path: string;
  readonly #aspect: Aspect;
  readonly #lies: ReadonlySet<Lie>;
  readonly #held = new Set<string>();
  #wasMissing = false;

  constructor(tree: Pick<DataTree, 'get'>, path: string, aspect: Aspect, lies: ReadonlySet<Lie>) {
    this.#tree = tree;
    this.#path = path;
    this.#aspect = aspect;
    this.#lies = lies;
    this.note();
  }

  /** Notes the present state. To be called after each transaction. */
  note(): void {
    const state = this.latest();
    this.#wasMissing ||= state.contents === null;
    this.#held.add(printState(state));
  }

  /** A lie that no client could know for one may be delivered. */
  judge(state: WatchState, _isFirst: boolean, onViolation: (violation: Violation) => void): void {
    if (this.#lies.size > 0 || this.#held.has(printState(state))) return;
    onViolation({ rule: 'real-state', message: `called with ${printState(state)}, which the server never held` });
  }

  latest(): WatchState {
    const znode = this.#tree.get(this.#path);
    if (!znode) return NO_ZNODE;
    if (this.#aspect === 'data') return { mark: znode.mzxid, contents: String(znode.data ?? '') };
    return { mark: null, contents: [...(znode.children ?? [])].sort().join() };
  }

  mayHaveBeenMissing(): boolean {
    return this.#wasMissing || this.#lies.size > 0;
  }
}
