/** The tuning numbers of the watches' reads. Durations are milliseconds. */
export const OBSERVING = {
  /** Reads of one client in flight at once: bounds the burst after a recovery of many watches. */
  readsAtOnce: 1_000,
  /** Reads begun in one turn of the event loop: more would block it noticeably. */
  readsBegunPerTurn: 250,
  /** Pauses between failing reads on a connected client: an ACL may be corrected without any event. */
  retry: { minDelay: 100, maxDelay: 30_000, factor: 2 },
  /** Each path is read again after this time without an event: a server can drop a watch silently. */
  recheckAfter: 600_000,
  /** Rechecks are spread over ticks of this length, so that they never come as a burst. */
  recheckTick: 5_000,
} as const;

/** The defaults of the watches. Durations are milliseconds. */
export const WATCHES = {
  /** How long children must not change before a PatientChildrenWatch resolves; kazoo's default. */
  timeBoundary: 30_000,
} as const;
