import { parentOf } from '../../core/paths.js';
import type { Txn } from '../tree/txn.js';
import type { TreeView, ZnodeState } from './preparation.js';

/** The znodes after the first operations of a multi, while its later operations are being prepared. */
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

  /** Applies a prepared operation to the view. */
  note(txn: Txn): void {
    if (txn.type === 'create') {
      const { path, acl, ephemeralOwner, creations } = txn;
      this.#change(parentOf(path) ?? '/', ({ numChildren }) => ({ creations, numChildren: numChildren + 1 }));
      this.#pending.set(path, { acl, version: 0, aversion: 0, creations: 0, numChildren: 0, ephemeralOwner });
    } else if (txn.type === 'delete') {
      this.#change(parentOf(txn.path) ?? '/', ({ numChildren }) => ({ numChildren: numChildren - 1 }));
      this.#pending.set(txn.path, undefined);
    } else if (txn.type === 'setData') {
      const { version } = txn;
      this.#change(txn.path, () => ({ version }));
    }
  }

  #change(path: string, change: (state: ZnodeState) => Partial<ZnodeState>): void {
    const state = this.get(path);
    if (!state) return;
    const { acl, version, aversion, creations, numChildren, ephemeralOwner } = state;
    this.#pending.set(path, { acl, version, aversion, creations, numChildren, ephemeralOwner, ...change(state) });
  }
}
