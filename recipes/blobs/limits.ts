/** The tuning numbers of blobs. Sizes are bytes, durations are milliseconds. */
export const BLOBS = {
  /** The defaults of a storage. Chunks of 512 KiB are written three times as fast as those of 128 KiB. */
  chunkSize: 512 * 1024,
  inlineLimit: 64 * 1024,
  maxBlobSize: 16 * 1024 * 1024,
  /** A chunk, with its path and ACL, must stay below jute.maxbuffer. */
  largestChunk: 1_000_000,
  /** So must a manifest, with the rest of its transaction. */
  largestInline: 900_000,
  /** The id of a blob, %-encoded. */
  longestId: 2_048,
  /** The keys and values of `meta` together, as JSON. */
  longestMeta: 16 * 1024,
  /** Chunks that are written or read at once. */
  window: 2 * 1024 * 1024,
  /** How long a generation stays after its successor: for readers that have begun. */
  grace: 60_000,
  /** A watch without a change stops after this time. */
  maxIdleTimeout: 600_000,
  /** How often a put begins again after its session was lost. */
  restarts: 2,
  /** A request that was not answered is repeated for so long. */
  patience: 300_000,
  /** Pauses before it is repeated; a pause ends once the client is connected. */
  repeat: { minDelay: 50, maxDelay: 2_000, factor: 2 },
  /** Attempts of a transaction that other writers' transactions undo, and the pauses between them. */
  rivalRounds: 200,
  rivals: { minDelay: 1, maxDelay: 100, factor: 2 },
  /** A receipt that its writer did not remove is kept for so long, as it may still ask for it. */
  receiptsFor: 86_400_000,
  /** How often a file without a generation reads the newest, when the one that it reads is replaced. */
  rereads: 10,
  /** Manifests of a list that are read together. */
  listedAtOnce: 1_000,
  /** Requests of a collection of garbage that are in flight. */
  collectedAtOnce: 64,
} as const;
