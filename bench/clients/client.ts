import type { Session } from '../contender-protocol.js';

/** What a contender's process asks of its client. */
export interface Client {
  /** When it last said that it is connected, if it says so. */
  readonly connectedAt: number | null;
  session(): Session;
  watchData(path: string, func: (data: Buffer | null) => void): void;
  watchChildren(path: string, func: (children: string[]) => void): void;
  /** Resolves once the children have not changed for that long; without it there is nothing of the kind. */
  settle?(path: string, boundaryMs: number): Promise<unknown>;
}

/** Above any time for which a measurement keeps a connection cut. */
export const SESSION_TIMEOUT = 30_000;
