/** The tuning numbers of remote blobs. Durations are milliseconds. */
export const REMOTE_BLOBS = {
  /** How long a request for changes may wait. */
  wait: 45_000,
  /** A server that has not begun to answer so long after that, or after any other request, is given up. */
  answerWithin: 15_000,
  /** So long for the next part of an answer that is read piece by piece. */
  partWithin: 60_000,
  /** So long for a write, whose content is on its way. */
  writeWithin: 300_000,
  /** A longer URL becomes a body: servers refuse headers of 16 KiB. */
  longestQuery: 4_096,
  /** Ids and prefixes that are watched: what a server takes. */
  mostWatched: 4_096,
  /** Pauses between rounds over all servers that failed. */
  retry: { maxAttempts: 8, minDelay: 50, maxDelay: 5_000, factor: 2 },
} as const;
