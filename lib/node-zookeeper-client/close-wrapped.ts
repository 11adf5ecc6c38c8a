import { CLIENT } from '../core/limits.js';
import { Stage, WrappedClient } from './wrapped-client.js';

/**
 * Closes a client object. By itself it throws without a connection, takes the answer to a handshake for that to its
 * close, and hangs on a silent server. Resolves when it is closed, at the latest after the deadline of close().
 */
export function closeWrapped({ client, isConnected, isOver }: WrappedClient): Promise<void> {
  if (isOver) return Promise.resolve();
  return new Promise((resolve) => {
    const closing = new WrappedClient(client, (stage) => {
      if (stage === Stage.closed) done();
    });
    const deadline = setTimeout(() => {
      closing.abort();
      resolve();
    }, CLIENT.closeDeadline);
    const done = (): void => {
      closing.release();
      clearTimeout(deadline);
      resolve();
    };
    if (isConnected) client.close();
    else closing.abort();
  });
}
