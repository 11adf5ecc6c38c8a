/** The tuning numbers of pollers. Durations are milliseconds. */
export const POLLING = {
  /** How long a loop waits after a call without events. */
  interval: 1_000,
  /** Calls in a row that a push causes and that find nothing, before a loop pauses in spite of pushes. */
  idlePushes: 3,
  /** Those pauses. The longest delays an event that follows them. */
  pause: { minDelay: 10, maxDelay: 1_000, factor: 2 },
  /** Entries that are compared, or written, at once within a slice. */
  comparedAtOnce: 512,
} as const;
