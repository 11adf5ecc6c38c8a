/** The tuning numbers of the pollers of Swift. Durations are milliseconds, sizes are bytes. */
export const SWIFT = {
  /** A request must be answered within this time, to the last byte. */
  answerWithin: 60_000,
  /** A token is renewed so long before it expires, or after half of its life where that is later. */
  renewBefore: 60_000,
  /** A token serves so long at least, whatever its service says. */
  shortestLife: 1_000,
  /** A page of a listing: 10,000 names of up to 1,024 bytes, each of which may take six in JSON. */
  longestPage: 96 * 1024 * 1024,
  /** Objects of a container: each costs memory, and the listing of more has no end probably. */
  mostObjects: 10_000_000,
  /** The answer of a service of tokens, with its catalog. */
  longestToken: 4 * 1024 * 1024,
  /** Objects that are asked for at once, by HEAD. */
  headsAtOnce: 16,
} as const;
