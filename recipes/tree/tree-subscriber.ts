import type { Coalesced } from '../changes/index.js';
import type { KnownNode } from './known-node.js';
import type { TreeSnapshot } from './tree-snapshot.js';

/** A state of a tree, as its observer publishes it. */
export interface TreeState {
  readonly tree: TreeSnapshot;
  /** How it differs from the state that was published before. */
  readonly changes: readonly Coalesced<KnownNode>[];
}

/** Receives the states of a tree, synchronously: user code has to wait for a later microtask. */
export interface TreeSubscriber {
  /** Whether a new state would have to wait, as for a function that has not settled. */
  readonly isBusy: boolean;
  /** The first state, or one that differs from the last. */
  observed(state: TreeState): void;
  /** Reads fail and will be retried. Called once per run of failures with the same code. */
  failed(error: unknown): void;
  /** A znode may not be read. Called once per znode, until it can be read again. */
  unreadable(path: string, error: unknown): void;
  /** An interruption is over: the state observed last is the server's, and further changes will be reported. */
  resynced(): void;
  /** The observer has become current, or is so no more. */
  currencyChanged(): void;
  /** Nothing follows. */
  ended(reason: 'client-closed' | 'error', error?: unknown): void;
}
