/** The numbers of the command. Durations are milliseconds. */
export const COMMAND = {
  /** How long a reader of stdout has after an early end. */
  readerGrace: 1_000,
  /** How long a program that a watch runs has to end by itself. */
  programGrace: 5_000,
  /** The listing of a tree: znodes whose results are taken, and znodes printed, in one turn of the event loop. */
  listing: { readAtOnce: 5_000, printedAtOnce: 500 },
} as const;
