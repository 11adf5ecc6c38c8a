import type { SeededRandom } from '../../../testing/seeded-random.js';
import type { VirtualClock } from '../../../testing/virtual-clock.js';

/** From where in a turn of the event loop a piece of work begins. */
export const ENTRIES = ['timer', 'immediate', 'microtask', 'poll'] as const;
export type Entry = (typeof ENTRIES)[number];

/** How the loop is kept busy. */
export interface BusyPlan {
  readonly entry: Entry;
  /** The length of the nth piece, in ms; from 0 on. */
  readonly piece: (nth: number) => number;
  /** For how long, in ms. */
  readonly total: number;
  /** The pause after each piece, in ms; 0 leaves the loop a single turn. */
  readonly gap: number;
}

/** The clock, the chance and the ways to block, as the loop needs them. */
export interface BusyRig {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly isCalm: boolean;
  block(ms: number): void;
}

/**
 * Keeps the clients' event loop busy in pieces, as a computation does that yields from time to time: all that is due
 * between two pieces runs in one turn of the loop.
 */
export function keepBusy(rig: BusyRig, { entry, piece, total, gap }: BusyPlan, ended: () => void): void {
  const { clock, random } = rig;
  const end = clock.now + total;
  // All pieces begin in one phase: two in different phases could follow each other within one turn.
  const phase = entry === 'microtask' ? random.pick(['timer', 'immediate', 'poll'] as const) : entry;
  let pieces = 0;
  const spin = (): void => {
    if (rig.isCalm) return ended();
    rig.block(piece(pieces));
    pieces += 1;
    if (clock.now >= end) return ended();
    if (gap > 0) clock.atClient(gap, enter);
    else enter();
  };
  const run = entry === 'microtask' ? () => queueMicrotask(spin) : spin;
  const enter = (): void => {
    if (phase === 'timer') setTimeout(run, 1);
    else if (phase === 'immediate') setImmediate(run);
    else clock.atClient(0, run);
  };
  // A timer first: two loops in a row would otherwise be one piece.
  setTimeout(enter, 1);
}
