import type { NodeState } from './aspect.js';

/** Receives the states of a znode, synchronously: user code has to wait for a later microtask. */
export interface Subscriber<S extends NodeState> {
  /** Whether a missing znode is to be waited for. */
  readonly waitsForNode: boolean;
  /** Whether a new state would have to wait, as for a function that has not settled. */
  readonly isBusy: boolean;
  /** A read has succeeded, whether or not the state has changed. */
  observed(state: S): void;
  /** A read failed and will be retried. Called once per run of failures with the same code. */
  failed(error: unknown): void;
  /** The session is gone; the client is making a new one. */
  sessionLost(): void;
  /** An interruption is over: the state observed last is the server's, and further changes will be reported. */
  resynced(): void;
  /** Nothing follows. */
  ended(reason: 'client-closed' | 'error', error?: unknown): void;
}
