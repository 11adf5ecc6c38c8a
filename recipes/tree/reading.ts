import type { Stat } from '../../lib/core/coordination-client.js';

/** The parts of a znode that are to be read, as bits. The stat comes with each. */
export const PARTS = { data: 1, children: 2, stat: 4, all: 3 } as const;

/** A znode to be read. */
export interface Due {
  readonly path: string;
  /** The sum of the `PARTS`. */
  readonly parts: number;
}

/** The outcome of reading a znode. */
export type Reading = { readonly path: string } & (
  | {
      readonly kind: 'found';
      readonly stat: Stat;
      /** Missing when it was not read; `null` when the tree has no data. */
      readonly data?: Buffer | null;
      /** Missing when they were not read. */
      readonly children?: readonly string[];
    }
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'unreadable';
      /** `null` from a server that keeps it from those who may not read (from ZooKeeper 3.8.4 and 3.9.2 on). */
      readonly stat: Stat | null;
      readonly error: unknown;
    }
);
