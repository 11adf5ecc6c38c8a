import type { Session } from '../contender-protocol.js';

/** The client of a contender's process. */
export interface Client {
  /** The time at which it last reported that it is connected; null when it makes no such report. */
  readonly connectedAt: number | null;
  session(): Session;
  watchData(path: string, func: (data: Buffer | null) => void): void;
  watchChildren(path: string, func: (children: string[]) => void): void;
  /** Resolves when the children have not changed for that long; missing where the client cannot do that. */
  settle?(path: string, boundaryMs: number): Promise<unknown>;
  /** Missing where the client cannot watch trees. */
  readonly watchTree?: WatchTree;
}

/**
 * Watches a tree.
 *
 * @param completed called once with the number of znodes
 * @param changed called for each reported change of a znode after that
 */
export type WatchTree = (
  root: string,
  completed: (znodes: number) => void,
  changed: (path: string, data: Buffer | null) => void,
) => void;

/** Longer than any measurement keeps a connection cut. */
export const SESSION_TIMEOUT = 30_000;
