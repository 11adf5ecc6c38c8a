/** How deadlines count the time in which the event loop was able to run. */
export const DEADLINE = {
  /** Slices of a deadline: a busy loop reads its sockets about once in each, and a handshake takes up to six turns. */
  slices: 16,
  /** A timer that is late by more than this part of its delay was held up: the rest of its lateness does not count. */
  lateness: 0.5,
} as const;

/** How long work is divided. */
export const SLICE = {
  /** All long works together let the event loop turn after so many ms. */
  most: 8,
} as const;

/** The tuning numbers of the watches' reads. Durations are milliseconds. */
export const OBSERVING = {
  /** Reads of one client in flight at once: bounds the burst after a recovery of many watches. */
  readsAtOnce: 1_000,
  /** Reads begun in one turn of the event loop: more would block it noticeably. */
  readsBegunPerTurn: 250,
  /** Pauses between failing reads on a connected client: an ACL may be corrected without any event. */
  retry: { minDelay: 100, maxDelay: 30_000, factor: 2 },
  /** Rounds of event and read that bring no news and cost no pause: an event can be about what was read already. */
  roundsWithoutNews: 3,
  /** Pauses between further such rounds. The longest delays a change that follows them. */
  quiet: { minDelay: 10, maxDelay: 1_000, factor: 2 },
  /** Times that a znode is looked for at once, while reads do not find it and `exists` does. */
  roundsForMissing: 2,
  /** Codes of one run of failures that are told apart: each is reported once. */
  codesApart: 8,
  /** Each path is read again after this time without an event: a server can drop a watch silently. */
  recheckAfter: 600_000,
  /** Rechecks are spread over ticks of this length, so that they never come as a burst. */
  recheckTick: 5_000,
  /** Data of so many bytes is kept outside of the heap, whose size is limited; smaller data costs less on it. */
  largeData: 512,
  /** Data of at most so many bytes is copied byte by byte. */
  shortData: 32,
} as const;

/** The tuning numbers of the trees. Durations are milliseconds. */
export const TREE = {
  /** Znodes read together below a recursive watch, and such portions on their way at once. */
  portion: { znodes: 4_000, atOnce: 2 },
  /** The same with one-shot watches, where each znode takes two requests. */
  oneShotPortion: { znodes: 125, atOnce: 4 },
  /** Znodes that are removed at once, within a slice. */
  removedAtOnce: 512,
  /** Changes that are sorted at once, within a slice. */
  sortedAtOnce: 2_048,
  /** Changes that are merged, and dirty znodes that are queued, at once, within a slice. */
  mergedAtOnce: 512,
  /** A znode with more children is read without the list of their names, where that is not needed. */
  longList: 200,
  /** Znodes with data of at most so many bytes, and without children, are read as many at once as is possible. */
  smallData: 1_024,
  /** While znodes keep changing, the first call waits for the end of no more rounds of reads. */
  roundsBeforeFirst: 10,
} as const;

/** The figures of a client. */
export const METRICS = {
  /** The upper bounds of the buckets of latencies, in ms. */
  latencyBounds: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000],
} as const;

/** The lines of the log about trouble. Durations are milliseconds. */
export const SPEECH = {
  /** Trouble that lasts is repeated after this time, however often it occurs meanwhile. */
  repeatAfter: 30_000,
  /** Lines of one kind about what differs by its path, before it counts as lasting. */
  atOnce: 5,
  /** Lines about changes of a client to one state, before they count as lasting. */
  statesAtOnce: 4,
  /** Paths that one line names. */
  paths: 10,
  /** Troubles of one client that are kept apart. A further one displaces the oldest. */
  reasons: 1_000,
  /** A call that has not settled after this time is reported. */
  unsettledAfter: 30_000,
  /** A watch without a function, and a client that is not connecting, are reported after this time. */
  unusedAfter: 5_000,
  /** A client that has no connection for so long is reported: longer than an election of the ensemble. */
  unconnectedAfter: 5_000,
  /** So is one that never had a connection: whoever starts it waits for it. */
  neverConnectedAfter: 1_200,
  /** So is one that has lost so many connections, each before it was calm. */
  connectionsLost: 3,
  /** A connection that lived for so long ends a trouble. */
  calmAfter: 10_000,
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
  /** deleteRecursive(): requests in flight, and branches deleted beside the first, each of which holds lists. */
  deletion: { requestsInFlight: 100, branchesAtOnce: 8 },
  /**
   * readMany(): znodes of its first request and of its largest ones, the bytes that a reply should have at most,
   * requests in flight, znodes read singly at once where that is needed, rounds for one that changes
   * meanwhile, paths that are checked at once, within a slice, and the part of leaves from which on znodes are first
   * read without their children.
   */
  readMany: {
    firstZnodes: 10,
    mostZnodes: 200,
    replyBytes: 256 * 1024,
    requestsInFlight: 8,
    singlesAtOnce: 200,
    rounds: 10,
    pathsAtOnce: 1_000,
    leavesWorthwhile: 0.75,
  },
  /** Attempts and pauses of reads on connection loss. */
  retry: { maxAttempts: 8, minDelay: 50, maxDelay: 2_000, factor: 2 },
} as const;

/** Durations of the user, in ms. */
export const DURATIONS = {
  /** A shorter session timeout, connect timeout or time boundary is a warning: seconds were probably meant. */
  plausible: 100,
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
  /** Without a session, the first round of attempts over all servers takes this part: a third, timers included. */
  round: 0.32,
  /** While a session is to be saved it takes this part, to skip dead servers: a slow one gets what is left. */
  quickRound: 0.05,
  /** A slow server gets at most this part while there are others: one that hangs must not cost the session. */
  longAttempt: 0.65,
  /** It leaves this part of the session to servers that failed at once, or half of the rest. */
  reserve: 0.2,
  /** Rounds double up to this power of two. */
  roundDoublings: 8,
  /**
   * A shorter attempt would never get through a busy server. In a quick round a server that needs longer is not given
   * up, but tried again. Over TLS, servers have a queue of handshakes that each cost them milliseconds.
   */
  shortest: { plain: { attempt: 100, quickAttempt: 20 }, tls: { attempt: 500, quickAttempt: 100 } },
  /** Pauses after each server has failed once: short, because watches wait for them after a server's return. */
  reconnect: { minDelay: 50, maxDelay: 500, factor: 2 },
  /** Between tries to find a server of the quorum while another one is read: while the session lives, and later. */
  scouting: { minDelay: 100, maxDelay: 1_000, factor: 1.5, maxDelayWithoutSession: 5_000 },
  /** Between rounds that only timed out, when attempts cannot get longer: it lets crowds of clients through. */
  longestPause: 5_000,
  /** A connection that lived for so long was a good one: its end is no failure to reach a server. */
  stableAfter: 1_000,
  /** Requests of one session in flight: the answers to many more, in one turn, would block the event loop. */
  requestsInFlight: 1_000,
  /** Reads in flight that arm watches, at a server without SetWatches. */
  rearmingReads: 100,
  /**
   * Connections in a row that end without an answer to an optional operation, before the server counts as one that
   * hangs up on it. Watches that cannot be armed keep a client suspended; a watch too many at a server does no harm.
   */
  hangUps: {
    setWatches: 2,
    removeWatches: 5,
    addWatch: 3,
    setWatches2: 3,
    multiRead: 3,
    whoAmI: 3,
    createContainer: 3,
    createTtl: 3,
  },
  /** A server that ends the connection over an unknown operation does so within this time of its answer. */
  hangUpWithin: 1_000,
  /** An operation that users call is tried again after this time: a newer server may have the address by then. */
  missingFor: 600_000,
  /** Bytes of paths in one SetWatches: far below jute.maxbuffer, above which a server closes the connection. */
  setWatchesBytes: 128 * 1024,
} as const;

/** How names of servers are looked up. Durations are milliseconds. */
export const NAMES = {
  /** A look-up is overdue then: the system's resolver asks its next server after 5 s. */
  overdueAfter: 6_000,
} as const;

/** Sizes and bounds on the wire. Sizes are bytes, durations are milliseconds. */
export const WIRE = {
  /** Bytes that are read from a socket at once. A frame above this size never shares its memory with the next ones. */
  readAtOnce: 64 * 1024,
  /** A request of this size uses the memory of an earlier one again, of at most so many. */
  largeFrame: 128 * 1024,
  spareFrames: 8,
  /** A request as a whole: the default of jute.maxbuffer, above which a server closes the connection. */
  longestRequest: 0xfffff,
  /** The smallest limit of requests that an option may set: a path with the rest of its request must fit. */
  smallestLimit: 1_024,
  /** A reply as a whole: a larger one is skipped, and its request rejected. */
  longestReply: 64 * 1024 * 1024,
  /** A frame from a server: far above every reply of an ensemble. A longer one is no frame. */
  longestFrame: 512 * 1024 * 1024,
  /** A handshake has about 40 bytes. */
  longestHandshake: 1_024,
  /** Elections between two replies of an ensemble to one client. More of them are a faulty zxid. */
  mostElections: 2 ** 24,
  /** A server grants more than was asked for only up to its minSessionTimeout; more than this is a fault. */
  longestGrantedTimeout: 600_000,
  /** A server grants less than was asked for only down to its maxSessionTimeout; less than this is a fault. */
  shortestGrantedTimeout: 10,
} as const;
