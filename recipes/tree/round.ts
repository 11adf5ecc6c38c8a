import { TREE } from '../../lib/core/limits.js';
import { isSliceOver, nextSlice } from '../../lib/core/slices.js';
import type { DueQueue, QueuedDue } from './due-queue.js';
import type { Due, Reading } from './reading.js';
import { forEach, inSlices, type Work } from './slices.js';
import { type Consequences, NONE, type TreeModel } from './tree-model.js';

/** The parts of an observer that a round of reads needs. */
export interface RoundHost {
  readonly model: TreeModel;
  readonly portion: { readonly znodes: number; readonly atOnce: number };
  /** Reads znodes; resolves with the readings in the same order. */
  read(dues: readonly Due[]): Promise<readonly Reading[]>;
  /** Whether readings of this round are of no use any more: the connection has ended, or the observer. */
  isOutdated(): boolean;
  /** The zxid of a deletion that a server has reported. */
  deletedAt(path: string): bigint | undefined;
  /** A znode may not be read. */
  unreadable(path: string, error: unknown): void;
  /** The znode has to be read in the next round, with the one above it. */
  orphan(path: string): void;
}

interface Portion {
  readonly dues: readonly QueuedDue[];
  readonly readings: Promise<readonly Reading[]>;
}

/**
 * Reads the znodes of a queue, and all that these readings lead to. Readings are applied in the order in which they
 * were requested. The queue keeps what was not read when this rejects, or when the round is outdated.
 */
export async function readRound(host: RoundHost, queue: DueQueue): Promise<void> {
  const onTheirWay: Portion[] = [];
  try {
    for (;;) {
      while (onTheirWay.length < host.portion.atOnce) {
        if (isSliceOver()) await nextSlice();
        if (host.isOutdated()) return;
        const dues = queue.take(host.portion.znodes);
        if (dues.length === 0) break;
        const readings = host.read(dues);
        // A later portion may fail while an earlier one is awaited.
        readings.catch(() => {});
        onTheirWay.push({ dues, readings });
      }
      const [portion] = onTheirWay;
      if (!portion) return;
      const readings = await portion.readings;
      if (host.isOutdated()) return;
      for (const [index, reading] of readings.entries()) {
        (portion.dues[index] as QueuedDue).state = 'read';
        const applying = apply(reading, host, queue);
        if (!applying) continue;
        await applying;
        if (host.isOutdated()) return;
      }
      onTheirWay.shift();
    }
  } finally {
    for (const { dues } of onTheirWay) queue.putBack(dues);
  }
}

/** Returns a promise only when it takes long. */
function apply(reading: Reading, host: RoundHost, queue: DueQueue): Promise<void> | undefined {
  const { path } = reading;
  if (reading.kind === 'unreadable') host.unreadable(path, reading.error);
  const consequences = host.model.apply(reading);
  if (consequences.isOrphan) host.orphan(path);
  const done = consequences === NONE ? undefined : inSlices(follow(consequences, host, queue));
  if (done) return done;
  return isSliceOver() ? nextSlice() : undefined;
}

function* follow({ further, gone }: Consequences, host: RoundHost, queue: DueQueue): Work<void> {
  yield* forEach(further, TREE.removedAtOnce, (due) => queue.add(due));
  for (const path of gone) while (host.model.removeSome(path, TREE.removedAtOnce, host.deletedAt)) yield;
}
