import { parentOf } from '../../core/paths.js';
import type { Transaction } from '../tree/transaction.js';
import type { TreeView, ZnodeState } from './preparation.js';

/** The znodes as they will be after the first operations of a transaction whose last ones are being prepared. */
export class PendingView implements TreeView {
  readonly #tree: TreeView;
  readonly #pending = new Map<string, ZnodeState | undefined>();

  constructor(tree: TreeView) {
    this.#tree = tree;
  }

  get(path: string): ZnodeState | undefined {
    const absolute = path === '' ? '/' : path;
    return this.#pending.has(absolute) ? this.#pending.get(absolute) : this.#tree.get(absolute);
  }

  /** Notes what a prepared operation is going to do. */
  note(transaction: Transaction): void {
    if (transaction.type === 'create') {
      const { path, acl, ephemeralOwner, creations } = transaction;
      this.#change(parentOf(path) ?? '/', ({ numChildren }) => ({ creations, numChildren: numChildren + 1 }));
      this.#pending.set(path, { acl, version: 0, aversion: 0, creations: 0, numChildren: 0, ephemeralOwner });
    } else if (transaction.type === 'delete') {
      this.#change(parentOf(transaction.path) ?? '/', ({ numChildren }) => ({ numChildren: numChildren - 1 }));
      this.#pending.set(transaction.path, undefined);
    } else if (transaction.type === 'setData') {
      const { version } = transaction;
      this.#change(transaction.path, () => ({ version }));
    }
  }

  #change(path: string, change: (state: ZnodeState) => Partial<ZnodeState>): void {
    const state = this.get(path);
    if (!state) return;
    const { acl, version, aversion, creations, numChildren, ephemeralOwner } = state;
    this.#pending.set(path, { acl, version, aversion, creations, numChildren, ephemeralOwner, ...change(state) });
  }
}
