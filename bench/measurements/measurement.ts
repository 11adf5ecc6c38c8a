import { Contender } from '../contender.js';
import type { Change, Znodes } from '../znodes.js';

/** What was measured of one contender in one round, by name. */
export type Figures = Readonly<Record<string, number>>;

/** Where a measurement takes place. */
export interface Setup {
  readonly port: number;
  readonly znodes: Znodes;
  /** How a contender's process is started. */
  readonly command: readonly string[];
}

/** Something that is measured of each contender. */
export interface Measurement {
  readonly about: (size: number) => string;
  readonly sizes: readonly number[];
  /** Whether there is a round before the first: the server is slow at what it has not done often. */
  readonly warmsUp: boolean;
  /** Whether contenders share the processors with the server and the writers. */
  readonly sharesProcessors?: boolean;
  /** Of one that is mostly waiting. */
  readonly mostRounds?: number;
  /** Why there is no such figure of a contender; null when there is one. */
  readonly missing?: (contender: string, size: number) => string | null;
  /** Rejects with a MissingFiguresError when the contender does not get to the end. */
  run(setup: Setup, size: number): Promise<Figures>;
}

/** Starts a contender that is connected with the server itself. */
export const start = ({ command, port }: Setup): Promise<Contender> => Contender.start(command, `127.0.0.1:${port}`);

/** Every nth of so many znodes gets this number. */
export function everyNth(nodes: number, step: number, sequence: number): Change[] {
  return Array.from({ length: Math.ceil(nodes / step) }, (_, index) => [index * step, sequence] as const);
}

/** The figure of it, where it was measured. */
export function longestBlock(longestBlockMs: number | null): Figures {
  return longestBlockMs === null ? {} : { 'longest block of the event loop, ms': longestBlockMs };
}
