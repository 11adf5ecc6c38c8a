/** The tuning numbers of blob values. Sizes are bytes, durations are milliseconds. */
export const VALUES = {
  /** A stream of a file reads so much at once. */
  fileChunk: 128 * 1024,
  /** The longest media type: it becomes the header of an answer. */
  longestMediaType: 1_024,
  /** How long a registry holds a value after a URL was handed out. */
  lease: 300_000,
} as const;
