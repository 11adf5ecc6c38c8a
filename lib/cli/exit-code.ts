import { codeOf } from '../core/errors.js';

/** The exit codes of the command. They are documented, because scripts branch on them. */
export const ExitCode = {
  done: 0,
  /** The command failed. */
  failed: 1,
  /** The arguments are wrong. */
  misused: 2,
  /** The znode or the blob does not exist. */
  noNode: 3,
  /** The timeout has passed. */
  timedOut: 4,
  /** The znode or the blob is not in the state that the write requires. */
  conflict: 5,
  /** The shells' code for SIGHUP. */
  hungUp: 129,
  /** The shells' code for SIGINT. */
  interrupted: 130,
  /** The shells' code for SIGTERM. */
  terminated: 143,
} as const;

const BY_ERROR_CODE = new Map<unknown, number>([
  ['NO_NODE', ExitCode.noNode],
  ['NODE_EXISTS', ExitCode.conflict],
  ['BAD_VERSION', ExitCode.conflict],
  ['NOT_EMPTY', ExitCode.conflict],
  ['BLOB_NOT_FOUND', ExitCode.noNode],
  ['BLOB_CHANGED', ExitCode.conflict],
]);

/** The exit code for an error of the library. */
export function exitCodeOf(error: unknown): number {
  return BY_ERROR_CODE.get(codeOf(error)) ?? ExitCode.failed;
}

/** The codes for the signals that end a command in order. */
export const CODE_OF_SIGNAL = {
  SIGHUP: ExitCode.hungUp,
  SIGINT: ExitCode.interrupted,
  SIGTERM: ExitCode.terminated,
} as const;

/** A signal that ends a command in order. */
export type Signal = keyof typeof CODE_OF_SIGNAL;

export const SIGNALS = Object.keys(CODE_OF_SIGNAL) as Signal[];
