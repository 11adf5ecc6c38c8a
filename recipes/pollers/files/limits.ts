/** The tuning numbers of the pollers of directories. Durations are milliseconds. */
export const FILES = {
  /** Everything is compared again after this time: a system can lose a notification without a word. */
  compareAfter: 600_000,
  /** Linux keeps so many notifications for a process that does not read them, and then drops the rest silently. */
  queuedEvents: 16_384,
  /** From this part of them in one turn of the event loop on, some may have been dropped: not all are for a poller. */
  suspiciousPart: 0.5,
  /** A directory with notifications about more names than this is compared as a whole. */
  hintsPerDirectory: 1_024,
  /**
   * A directory of so many bytes is listed on the main thread, as waking a thread takes longer. It has some 2,000
   * names, or as many as bytes where a file system counts those.
   */
  smallDirectory: 32_768,
  /** Directories that are listed at once, and in each of them entries that are examined at once. */
  atOnce: { directories: 4, entries: 32 },
  /**
   * After so many calls that took longer than this, none is made on the main thread again, during a look. So many fast
   * ones make up for a slow one: not a disk has answered then, but a busy machine.
   */
  slowCall: 10,
  slowCalls: 3,
  fastCalls: 100,
  /** Names that are compared at once, within a slice. */
  namesAtOnce: 512,
  /** Two changes within this time can leave the same times: that of the coarsest kernel clocks, with a margin. */
  tick: 20,
  /** The same on file systems whose times have whole seconds. */
  secondsTick: 2_000,
  /** Rounds in which files that change while they are examined are examined again. */
  rounds: 3,
} as const;
