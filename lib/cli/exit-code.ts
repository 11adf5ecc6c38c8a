import { codeOf } from '../core/errors.js';

/** What the command's process ends with. They are documented: scripts branch on them. */
export const ExitCode = {
  done: 0,
  /** It could not be done. */
  failed: 1,
  /** It is not known what to do. */
  misused: 2,
  /** There is no such znode. */
  noNode: 3,
  /** The time that it was given has passed. */
  timedOut: 4,
  /** The znode is not in the state that the write needs. */
  conflict: 5,
  /** As a shell tells of SIGINT. */
  interrupted: 130,
  /** As a shell tells of SIGTERM. */
  terminated: 143,
} as const;

const BY_ERROR_CODE = new Map<unknown, number>([
  ['NO_NODE', ExitCode.noNode],
  ['NODE_EXISTS', ExitCode.conflict],
  ['BAD_VERSION', ExitCode.conflict],
  ['NOT_EMPTY', ExitCode.conflict],
]);

/** What an error of the library ends the process with. */
export function exitCodeOf(error: unknown): number {
  return BY_ERROR_CODE.get(codeOf(error)) ?? ExitCode.failed;
}
