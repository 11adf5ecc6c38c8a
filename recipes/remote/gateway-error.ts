import { ConnectionLossError, InvalidArgumentError, NoAuthError, type ZooKeeperError } from '../../lib/core/errors.js';

/** The connection to a gateway was lost, or could not be had. */
export function lost(address: string, reason: string, cause?: unknown): ConnectionLossError {
  return new ConnectionLossError(`the event gateway at ${address} ${reason}`, cause === undefined ? {} : { cause });
}

/** A gateway has refused a subscription for good, by the status of a poll or the code of a message. */
export function refusal(address: string, status: number | string, message: unknown): ZooKeeperError | null {
  const reason = typeof message === 'string' && message !== '' ? `: ${message.slice(0, 200)}` : '';
  if (status === 400 || status === 413 || status === 'BAD_REQUEST') {
    return new InvalidArgumentError(`the event gateway at ${address} does not take the subscription${reason}`);
  }
  if (status === 401 || status === 403 || status === 'FORBIDDEN') {
    return new NoAuthError(`the event gateway at ${address} refuses the subscription (${status})${reason}`);
  }
  return null;
}
