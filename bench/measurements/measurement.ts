import type { SmallBlobs } from '../blobs/small-blobs.js';
import { Contender } from '../contender.js';
import type { ZnodeTrees } from '../tree-znodes.js';
import type { Change, Znodes } from '../znodes.js';

/** Our name in the report, with which the name of another checkout begins. */
export const OURS = 'ours';
/** The contender that is ours with another connection. Its frames cannot be counted on their way. */
export const OVER_TLS = 'ours over TLS';
/** The loop written by hand. */
export const BY_HAND = 'by hand';

/** Contenders of measurements of trees. */
export const CURATOR = 'curator';
/** Ours, with reads of each znode. */
export const SINGLE_READS = 'single reads';
/** Ours, with a data watch on each leaf, or on each znode of a blob. */
export const DATA_WATCHES = 'data watches';

/** Contents in znodes that the client writes and reads by itself. */
export const RAW_CHUNKS = 'raw chunks';

/** Whether a contender takes part in the measurements of watches of znodes. */
export const watchesZnodes = (contender: string): boolean =>
  ![CURATOR, SINGLE_READS, DATA_WATCHES, RAW_CHUNKS].includes(contender);

/** Whether a contender can watch a tree. */
export const watchesTrees = (contender: string): boolean =>
  ![OVER_TLS, BY_HAND, DATA_WATCHES, RAW_CHUNKS].includes(contender);

/** The figures of one contender in one round, by name with unit. */
export type Figures = Readonly<Record<string, number>>;

/** The server, the znodes and the contender of a measurement. */
export interface Setup {
  readonly port: number;
  readonly znodes: Znodes;
  readonly trees: ZnodeTrees;
  readonly smallBlobs: SmallBlobs;
  /** The contender's name in the report. */
  readonly contender: string;
  /** The processor time that the server has used, in ms; null where the system does not say it. */
  readonly serverCpuMs: () => Promise<number | null>;
  /** The command that starts the contender's process. */
  readonly command: readonly string[];
  /** The beginning of that command, which gives the process its processor. Empty where there is none. */
  readonly prefix: readonly string[];
  /** Whether reads can be counted on their way. */
  readonly isReadable: boolean;
}

/** A measurement that each contender undergoes. */
export interface Measurement {
  readonly about: (size: number) => string;
  readonly sizes: readonly number[];
  /** Whether a round without figures comes first: the server is slow at requests that are new to it. */
  readonly warmsUp: boolean;
  /** Whether contenders share the processors with the server and the writers. */
  readonly sharesProcessors?: boolean;
  /** The most rounds of a measurement that mostly waits. */
  readonly mostRounds?: number;
  /** Whether a contender belongs to the measurement. Default: those of watches of znodes. */
  readonly takesPart?: (contender: string) => boolean;
  /** The reason why a contender cannot be measured; null when it can. */
  readonly missing?: (contender: string, size: number) => string | null;
  /** Rejects with a MissingFiguresError when the contender does not finish. */
  run(setup: Setup, size: number): Promise<Figures>;
}

/** Starts a contender that connects to the server without a proxy. */
export const start = ({ command, port }: Setup): Promise<Contender> => Contender.start(command, `127.0.0.1:${port}`);

/** The changes that give every nth of that many znodes the number. */
export function everyNth(nodes: number, step: number, sequence: number): Change[] {
  return Array.from({ length: Math.ceil(nodes / step) }, (_, index) => [index * step, sequence] as const);
}

/** The figure of the longest block; none where it was not measured. */
export function longestBlock(longestBlockMs: number | null): Figures {
  return longestBlockMs === null ? {} : { 'longest block of the event loop, ms': longestBlockMs };
}
