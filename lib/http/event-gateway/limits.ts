/** The tuning numbers of the gateway. Durations are milliseconds, sizes bytes. */
export const GATEWAY = {
  /** Deletions that are remembered, so that clients can resume without a list. */
  history: 10_000,
  /** Entries that were replaced are removed once there are more of them than this, and than others. */
  replacedAtLeast: 1_024,
  /** Filters of one client; the paths of all of them together count as well. */
  maxFilters: 100,
  /** The longest pattern of a filter: comparing takes the product of the lengths. */
  longestPattern: 1_024,
  /** JSON that a client may send at once. */
  longestMessage: 64 * 1024,
  /** A batch is sent once it has so many characters: with its last change it may be longer. */
  batchLength: 64 * 1024,
  /** A socket is sent no more than about so many characters until it has answered a ping behind them. */
  sentAhead: 512 * 1024,
  /** Entries, and comparisons of them with filters, between two checks of the time. */
  comparedAtOnce: 512,
  /** Encoded changes that are kept for the other clients, in characters. */
  encodedLength: 4 * 1024 * 1024,
  /** The characters of such a change besides its path and data, roughly. */
  encodedRest: 600,
  /** A socket is pinged after this time, and given up when it did not answer until the second ping after it. */
  pingEvery: 30_000,
  /** A socket whose reader is idle hears of the position after this time, if it has moved. */
  positionEvery: 2_000,
  /** A socket has to subscribe within this time. */
  subscribeWithin: 30_000,
  /** The longest time that a poll may wait. */
  maxWait: 60_000,
  /** Polls that wait at once. */
  maxPolls: 10_000,
  /** How often it is looked whether the tree is as new as a client, while one waits for it. */
  lookEvery: 50,
  /** Sockets that do not end within this time are cut when the gateway closes. */
  closeWithin: 2_000,
} as const;
