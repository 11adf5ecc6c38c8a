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
}

/** Longer than any measurement keeps a connection cut. */
export const SESSION_TIMEOUT = 30_000;
