import { framesOf } from './stack-frames.js';

/**
 * Why something failed, for a message: never empty. An AggregateError, as of a connection to a host with several
 * addresses, has its reasons in `errors` and often no message.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === 'string' && error !== '' ? error : `a thrown ${typeof error}`;
  if (error.message !== '') return error.message;
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [...new Set(error.errors.map(reasonOf))].join(', ');
  }
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && code !== '' ? code : error.name || 'an error without a message';
}

/** The message of an error with the reason of its cause, unless the message has it. */
export function withCause({ message, cause }: Error): string {
  const reason = cause instanceof Error ? reasonOf(cause) : '';
  return message.includes(reason) ? message : `${message}: ${reason}`;
}

/** Equal for errors that say the same and come from the same place. */
export function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return reasonOf(error);
  const [, frame = ''] = framesOf(error).split('\n');
  return `${error.name}: ${error.message}${frame}`;
}
