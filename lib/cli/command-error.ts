import { ExitCode } from './exit-code.js';

/** The command has failed. Its process prints the message, and ends with the exit code, by default 1. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, { exitCode = ExitCode.failed, ...options }: ErrorOptions & { exitCode?: number } = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
