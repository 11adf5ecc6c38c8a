const KB = 1024;
const MB = 1024 * KB;

/** Every number that tunes the embedded server. Times are in ms, sizes in bytes. */
export const EMBEDDED_LIMITS = {
  /** The default tick: short, because tests wait for sessions to expire. */
  tickTime: 100,
  /** ZooKeeper's default for the shortest session timeout, in ticks. */
  minSessionTicks: 2,
  /** ZooKeeper's default for the longest session timeout, in ticks. */
  maxSessionTicks: 20,
  /** A short tick must not refuse the session timeouts that clients ask for in production. */
  leastMaxSessionTimeout: 60_000,
  /** ZooKeeper's default interval between searches for empty containers and expired znodes. */
  containerCheckInterval: 60_000,

  /** A connection without a handshake is closed after this time, so that abandoned sockets do not accumulate. */
  handshakeTimeout: 10_000,
  /** A connection that ends is destroyed after this time if its client does not hang up. */
  closeTimeout: 5_000,
  /** Thousands of clients may reconnect in the same moment after a restart. */
  listenBacklog: 4_096,

  /** A handshake has about 50 bytes: a connection without a session gets no memory for more. */
  longestHandshake: 1 * KB,
  /** Replies are gathered up to this size before they are written, to save system calls. */
  writeBatch: 64 * KB,
  /** A connection with more unsent output than this is not read until its client has received it. */
  pauseReadingAbove: 1 * MB,
  /** A connection with more unsent events than this is cut: events cannot be held back by pausing reads. */
  cutAboveEvents: 16 * MB,
  /** A multi-read of a few bytes may ask for the same data many times, and its reply must not fill the memory. */
  longestReply: 64 * MB,
  /** A multi-read of a few bytes may ask for the same children many times. */
  mostChildrenInReply: 10_000_000,

  /** Znodes with equal ACLs share one array; the cache is emptied at this size. */
  cachedAcls: 1_000,

  /** A snapshot is due after so many transactions, which bounds the time that a start takes to play them back. */
  snapshotEveryTransactions: 100_000,
  /** A snapshot is due after so many bytes of log. */
  snapshotEveryBytes: 64 * MB,
  /** The state is serialised in pieces of about this size. */
  snapshotPiece: 256 * KB,
  /** A snapshot file has one checksum for each block of this size. */
  snapshotBlock: 256 * KB,
  /** A file is read in chunks of this size. */
  readChunk: 256 * KB,
  /** The first block of a batch of log records: most batches hold few. */
  smallestLogBlock: 4 * KB,
  /** Later blocks of a batch grow with it up to this size. */
  largestLogBlock: 64 * KB,
  /** The number of times that a process looks at a rival for the folder before it gives way. */
  lockAttempts: 1_000,
} as const;
