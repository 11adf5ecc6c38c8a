import type { SeededRandom } from '../../../testing/seeded-random.js';
import type { VirtualClock } from '../../../testing/virtual-clock.js';

/** From where in a turn of the event loop a piece of work begins. */
export const ENTRIES = ['timer', 'immediate', 'microtask', 'poll'] as const;
export type Entry = (typeof ENTRIES)[number];

/** How the loop is kept busy. */
export interface BusyPlan {
  readonly entry: Entry;
  /** The length of the next piece, in ms. */
  readonly piece: () => number;
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
export function keepBusy(rig: BusyRig, plan: BusyPlan, ended: () => void): void {
  const { clock, random } = rig;
  const end = clock.now + plan.total;
  const spin = (): void => {
    if (rig.isCalm) return ended();
    rig.block(plan.piece());
    if (clock.now >= end) return ended();
    if (plan.gap > 0) clock.atClient(plan.gap, () => enter(plan.entry));
    else enter(plan.entry);
  };
  const enter = (entry: Entry): void => {
    switch (entry) {
      case 'timer':
        return void setTimeout(spin, 1);
      case 'immediate':
        return void setImmediate(spin);
      case 'poll':
        return void clock.atClient(0, spin);
      case 'microtask':
        return after(random.pick(['timer', 'immediate', 'poll']), () => queueMicrotask(spin));
    }
  };
  const after = (entry: Entry, run: () => void): void => {
    if (entry === 'timer') setTimeout(run, 1);
    else if (entry === 'immediate') setImmediate(run);
    else clock.atClient(0, run);
  };
  // A timer first: two loops in a row would otherwise be one piece.
  setTimeout(() => enter(plan.entry), 1);
}
