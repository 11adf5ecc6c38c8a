import { CLIENT } from '../core/limits.js';
import { ADAPTER } from './limits.js';
import { Stage, WrappedClient } from './wrapped-client.js';

/**
 * Closes a client object, which by itself throws without a connection, and hangs on a silent server. Resolves when it
 * is closed, at the latest after the deadline of close(); its sockets are destroyed then.
 */
export function closeWrapped({ client, isConnected, isOver }: WrappedClient): Promise<void> {
  if (isOver) return Promise.resolve();
  return new Promise((resolve) => {
    const closing = new WrappedClient(client, (stage) => {
      if (stage === Stage.closed) done();
    });
    let ticks = isConnected ? CLIENT.closeDeadline / ADAPTER.closingPause : 0;
    // It may yet make another socket, after a pause of its own.
    const timer = setInterval(() => {
      ticks -= 1;
      if (ticks < 0) closing.cut();
    }, ADAPTER.closingPause);
    const deadline = setTimeout(() => {
      closing.cut();
      timer.unref();
      resolve();
    }, CLIENT.closeDeadline);
    const done = (): void => {
      closing.release();
      clearInterval(timer);
      clearTimeout(deadline);
      resolve();
    };
    try {
      client.close();
    } catch {
      // There is no socket yet to send the request on.
    }
  });
}
