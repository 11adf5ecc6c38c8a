/** The command has failed. Its process prints the message, and ends with exit code 1. */
export class CommandError extends Error {
  override name = 'CommandError';
}
