/** The numbers of the command. Durations are milliseconds. */
export const COMMAND = {
  /** The server when nobody has named one, and how long it is waited for: it is there, or it is not. */
  defaultServer: { connect: '127.0.0.1:2181', timeout: 2_000 },
  /** How long a reader of stdout has after an early end. */
  readerGrace: 1_000,
  /** How long a program that a watch runs has to end by itself. */
  programGrace: 5_000,
  /** Znodes of a listing whose results are taken in one turn of the event loop. */
  listedAtOnce: 5_000,
  /** Behind npx, the interval between looks for its end. */
  parentCheck: 200,
  /** How long the completion of a path waits for a server. */
  completion: 1_500,
  /** Writes of one command that wait for their answers at the same time. */
  writesAtOnce: 100,
  /** A dump reads so many siblings at once, and fewer when their data is larger. Sizes in bytes. */
  dump: { firstBatch: 16, largestBatch: 256, batchSize: 4 * 1024 ** 2, keptSize: 16 * 1024 ** 2 },
  /** Characters that are printed in one turn of the event loop, and the rest of their last line. */
  pieceLength: 65_536,
  /** A poller looks again after this time. */
  pollInterval: 1_000,
  /** A pause between two checkpoints has this length at least, and so many times that of the last write. */
  checkpoint: { leastPause: 1_000, pauseFactor: 20 },
  /** A transfer that takes longer than this shows its progress, and renews it so often. */
  progress: { after: 1_000, every: 200 },
  /** How long the requests that a gateway still answers have to end by themselves, and how often it looks. */
  requests: { grace: 5_000, lookEvery: 50 },
} as const;
