/** The tuning numbers of remote subscriptions. Durations are milliseconds. */
export const REMOTE = {
  /** Longest wait of a poll for a change. */
  pollFallback: 15_000,
  /** Failures in a row to have a socket, after which changes are polled. */
  socketFailures: 3,
  /** While changes are polled, a socket is tried again after this time. */
  socketAgainAfter: 300_000,
  /** A socket must be open, and answer a subscription, within this time. */
  openWithin: 15_000,
  /** A socket without any message for so long is dead: the gateway sends one every 30 s. */
  silentAfter: 75_000,
  /** A poll must be answered so long after the time that it may wait. */
  answerWithin: 15_000,
  /** Attempts and pauses to reach the gateway again. */
  retry: { maxAttempts: Number.POSITIVE_INFINITY, minDelay: 100, maxDelay: 30_000, factor: 2 },
} as const;
