/** What the command's process ends with. */
export const ExitCode = {
  done: 0,
  /** It could not be done. */
  failed: 1,
  /** It is not known what to do. */
  misused: 2,
} as const;
