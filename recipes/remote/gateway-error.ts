import { ConnectionLossError, InvalidArgumentError, NoAuthError, type ZooKeeperError } from '../../lib/core/errors.js';

/** No gateway has answered: it may be down, and its sockets with it. */
export class UnreachableGateway extends ConnectionLossError {}

export function unreachable(address: string, reason: string, cause?: unknown): UnreachableGateway {
  return new UnreachableGateway(messageOf(address, reason), cause === undefined ? {} : { cause });
}

/** The connection to a gateway was lost, or could not be had. */
export function lost(address: string, reason: string, cause?: unknown): ConnectionLossError {
  return new ConnectionLossError(messageOf(address, reason), cause === undefined ? {} : { cause });
}

function messageOf(address: string, reason: string): string {
  return `the event gateway at ${address} ${reason}`;
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
