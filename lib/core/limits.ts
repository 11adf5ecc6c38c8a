/** How deadlines count the time in which the event loop was able to run. */
export const DEADLINE = {
  /** Slices of a deadline: a busy loop reads its sockets once in each, and a handshake needs three readings. */
  slices: 8,
  /** A timer that is late by more than this part of its delay was held up: the rest of its lateness does not count. */
  lateness: 0.5,
} as const;

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

/** The defaults of a client and of its calls. Durations are milliseconds. */
export const CLIENT = {
  /** Session timeout to ask for. */
  sessionTimeout: 10_000,
  /** How long connect() waits for a session. */
  connectTimeout: 15_000,
  /** How long close() waits for a server to end the session. */
  closeDeadline: 2_000,
  /** Attempts of ensurePath() and deleteRecursive() while another client undoes what they did. */
  rivalRounds: 10,
  /** Attempts and pauses of reads on connection loss. */
  retry: { maxAttempts: 8, minDelay: 50, maxDelay: 2_000, factor: 2 },
} as const;

/** How a session is kept alive. Parts are parts of the negotiated session timeout; durations are milliseconds. */
export const SESSION = {
  /** A ping goes out after this part of the timeout without a request. */
  pingAfter: 0.3,
  /** A server silent for this part is given up: a little under the two thirds that the documentation promises. */
  silentAfter: 0.63,
  /** A question that was not answered for so long ends the connection, whatever else is answered: a little under 2. */
  answerWithin: 1.9,
  /** A request that no server has answered for so long is rejected, over all its attempts: a little under 3. */
  settleWithin: 2.9,
  /** An attempt that begins late, after long pauses, has this part at least. */
  lateAttempt: 0.75,
  /** An answer to SetWatches may take this part at least: pings keep the session alive meanwhile. */
  armWithin: 0.33,
  /** One round of attempts over all servers takes this part: a third remains after a silence. */
  round: 0.33,
  /** Rounds double up to this power of two. */
  roundDoublings: 8,
  /** A shorter attempt would never get through a busy server. */
  shortestAttempt: 100,
  /** Pauses after each server has failed once: short, because watches wait for them after a server's return. */
  reconnect: { minDelay: 50, maxDelay: 500, factor: 2 },
  /** A connection that lived for so long was a good one: its end is no failure to reach a server. */
  stableAfter: 1_000,
  /** Requests of one session in flight: node-zookeeper-client's queues are quadratic from some thousands on. */
  requestsInFlight: 1_000,
  /** Bytes of paths in one SetWatches: far below jute.maxbuffer, above which a server closes the connection. */
  setWatchesBytes: 128 * 1024,
} as const;

/** Sizes on the wire, in bytes. */
export const WIRE = {
  /** A request as a whole: the default of jute.maxbuffer, above which a server closes the connection. */
  longestRequest: 0xfffff,
  /** A frame from a server: far above every reply of an ensemble. */
  longestFrame: 512 * 1024 * 1024,
} as const;
