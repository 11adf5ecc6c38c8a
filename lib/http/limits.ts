/** The tuning numbers that the HTTP faces share, and of the blob handler. Durations are ms, sizes bytes. */
export const HTTP = {
  /** A request that waits for changes is answered after this time, and up to this part later by chance. */
  maxWait: 60_000,
  waitJitter: 1 / 16,
  /** Requests that wait for changes at once. */
  maxWaiters: 1_000,
  /** Ids and prefixes of one such request. */
  maxIds: 4_096,
  /** JSON that a request may bring. */
  longestQuery: 256 * 1024,
  /** Deletions that are remembered, so that clients can resume without a list. */
  history: 10_000,
  /** The watch behind the requests ends when none has come for so long. */
  watchFor: 120_000,
  /** How often it is looked whether a position has come, while a request waits for it. */
  lookEvery: 25,
  /** A server is asked again how new it is after this time; during an interruption it is looked so often. */
  lookAgain: 250,
  /** A request that must not wait waits so long for a watch that is not fresh. */
  patience: 1_000,
  /** A position that did not come in this time, on a fresh watch, is none of the ensemble's. */
  behindFor: 30_000,
  /** Such positions that are remembered. */
  positionsAhead: 1_024,
  /** States that were replaced are removed once there are more of them than this, and than of others. */
  replacedAtLeast: 1_024,
  /** A body of which nothing comes for so long is given up. */
  bodyIdle: 30_000,
  /** So is one that is not there after this time, however steadily it comes. */
  bodyWithin: 300_000,
  /**
   * A connection at which nothing of an answer is taken for so long is cut: a part of a blob waits for it. Long, as the
   * buffers of the systems hold megabytes, and make room for more only once a large part of them was read.
   */
  answerIdle: 300_000,
  answerSlice: 64 * 1024,
  /** An answer of so many characters is sent without waiting for its client to read. */
  sentAtOnce: 16 * 1024,
  /** After an answer, the rest of its request's body is read and dropped for so long. */
  lingerFor: 5_000,
  /** After it, a request that could not be answered may be repeated, in seconds. */
  retryAfter: 1,
  /** How often a blob is read again that is replaced while it is opened. */
  rereads: 5,
  /** A generation never changes: caches may keep it for so long, in seconds. */
  maxAge: 31_536_000,
} as const;
