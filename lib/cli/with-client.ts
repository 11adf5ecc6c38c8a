import { type ClientState, ConnectTimeoutError, ZooKeeperClient } from '../../index.js';
import type { ServerArguments } from './arguments.js';
import { EarlyEnd, EarlyEnds } from './early-end.js';
import { ExitCode } from './exit-code.js';
import { say, stderrLogger } from './stderr-logger.js';

/** What is to be done with a client. The signal aborts when the command ends early. */
type Work = (client: ZooKeeperClient, signal: AbortSignal) => Promise<void>;

/**
 * Connects, does the work, and closes the session, whatever comes in between: a signal, the timeout, a reader of stdout
 * that has gone. Gives the exit code; rejects with what connecting or the work rejects with.
 */
export async function withClient(
  { connect, timeout }: ServerArguments,
  work: Work,
  onState: (state: ClientState) => void = () => {},
): Promise<number> {
  const started = performance.now();
  const client = new ZooKeeperClient(connect, { logger: stderrLogger });
  client.on('state', onState);
  const ends = new EarlyEnds();
  try {
    await connectIn(client, timeout, ends.signal);
    if (timeout !== undefined) ends.after(timeout - (performance.now() - started), timeout);
    await ends.before(work(client, ends.signal));
    return ExitCode.done;
  } catch (error) {
    if (!(error instanceof EarlyEnd)) throw error;
    if (error.message !== '') say(error.message);
    return error.exitCode;
  } finally {
    await client.close();
    ends.letGo();
  }
}

/** The client knows best why no server has been reached in time. */
async function connectIn(client: ZooKeeperClient, timeout: number | undefined, signal: AbortSignal): Promise<void> {
  try {
    await client.connect({ signal, ...(timeout !== undefined && { timeout }) });
  } catch (error) {
    if (timeout === undefined || !(error instanceof ConnectTimeoutError)) throw error;
    throw new EarlyEnd(ExitCode.timedOut, error.message);
  }
}
