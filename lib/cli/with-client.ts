import { type ClientState, ConnectTimeoutError, ZooKeeperClient } from '../../index.js';
import type { ServerArguments } from './arguments.js';
import { EarlyEnd } from './early-end.js';
import { ExitCode } from './exit-code.js';
import { stderrLogger } from './stderr.js';
import { withEnds } from './with-ends.js';

/** The work of a command with its client. The signal aborts when the command ends early. */
type Work = (client: ZooKeeperClient, signal: AbortSignal) => Promise<void>;

/** Takes part in the life of the client. */
interface ClientHooks {
  onState?(state: ClientState): void;
  /** Called when the work is done, has failed or is abandoned. The session is closed after it. */
  onEnd?(): Promise<void>;
}

/**
 * Connects, does the work, and closes the session in every case: after a signal, the timeout, or a closed stdout too.
 * Returns the exit code; rejects with the error of the connection or of the work.
 */
export async function withClient(
  { connect, timeout, security }: ServerArguments,
  work: Work,
  { onState, onEnd }: ClientHooks = {},
): Promise<number> {
  const started = performance.now();
  const client = new ZooKeeperClient(connect, { logger: stderrLogger, ...security });
  if (onState) client.on('state', onState);
  return withEnds(
    async (ends) => {
      await connectIn(client, timeout, ends.signal);
      if (timeout !== undefined) ends.after(timeout - (performance.now() - started), timeout);
      await ends.before(work(client, ends.signal));
    },
    async () => {
      try {
        await onEnd?.();
      } finally {
        await client.close();
      }
    },
  );
}

/** Ends with the client's own message when no server was reached in time: it names the reason. */
async function connectIn(client: ZooKeeperClient, timeout: number | undefined, signal: AbortSignal): Promise<void> {
  try {
    await client.connect({ signal, ...(timeout !== undefined && { timeout }) });
  } catch (error) {
    if (timeout === undefined || !(error instanceof ConnectTimeoutError)) throw error;
    throw new EarlyEnd(ExitCode.timedOut, error.message);
  }
}
