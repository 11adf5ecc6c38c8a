import { type ClientState, ConnectTimeoutError, type StateChange, ZooKeeperClient } from '../../index.js';
import { DURATIONS } from '../core/limits.js';
import type { ServerArguments } from './arguments.js';
import { CommandError } from './command-error.js';
import { EarlyEnd } from './early-end.js';
import { ExitCode } from './exit-code.js';
import { COMMAND } from './limits.js';
import { printDiagnostic, stderrLogger } from './stderr.js';
import { withEnds } from './with-ends.js';

/** The work of a command with its client. The signal aborts when the command ends early. */
type Work = (client: ZooKeeperClient, signal: AbortSignal) => Promise<void>;

/** Takes part in the life of the client. */
interface ClientHooks {
  /** Called before it connects, such as to read stdin. */
  prepare?(signal: AbortSignal): Promise<void>;
  onState?(state: ClientState, change: StateChange): void;
  /** Called when the work is done, has failed or is abandoned. The session is closed after it. */
  onEnd?(): Promise<void>;
}

/**
 * Connects, does the work, and closes the session in every case: after a signal, the timeout, or a closed stdout too.
 * The session of a shell stays open.
 * Returns the exit code; rejects with the error of the connection or of the work.
 */
export async function withClient(
  servers: ServerArguments,
  work: Work,
  { prepare, onState, onEnd }: ClientHooks = {},
): Promise<number> {
  const { connect, shared, timeout, options } = servers;
  const started = performance.now();
  const left = (limit: number): number => Math.max(1, limit - (performance.now() - started));
  const client = shared ?? new ZooKeeperClient(connect, { logger: stderrLogger, ...options });
  if (onState) client.on('state', onState);
  return withEnds(
    async (ends) => {
      let connecting = timeout;
      if (prepare) {
        if (timeout !== undefined) ends.after(timeout, timeout);
        await ends.before(prepare(ends.signal));
        // The message of the client that does not connect names the reason.
        ends.never();
        connecting = timeout && Math.max(DURATIONS.plausible, Math.round(left(timeout)));
      }
      announceDefault(servers);
      await connectIn(client, { ...servers, timeout: connecting }, ends.signal);
      if (timeout !== undefined) ends.after(left(timeout), timeout);
      await ends.before(work(client, ends.signal));
    },
    async () => {
      try {
        await onEnd?.();
      } finally {
        if (onState) client.off('state', onState);
        if (!shared) await client.close();
      }
    },
  );
}

/** Names the server that nobody has named. */
export function announceDefault({ connect, isDefault }: ServerArguments): void {
  if (isDefault) printDiagnostic(`no server is named (--connect or ZK_RECIPES_CONNECT): it is ${connect}`);
}

/** Ends with the client's own message when no server was reached in time: it names the reason. */
export async function connectIn(
  client: ZooKeeperClient,
  { timeout: limit, isDefault }: ServerArguments,
  signal: AbortSignal,
): Promise<void> {
  const timeout = limit ?? (isDefault ? COMMAND.defaultServer.timeout : undefined);
  try {
    await client.connect({ signal, ...(timeout !== undefined && { timeout }) });
  } catch (error) {
    if (timeout === undefined || !(error instanceof ConnectTimeoutError)) throw error;
    if (limit !== undefined) throw new EarlyEnd(ExitCode.timedOut, error.message);
    const advice = 'name yours with --connect host:port';
    throw new CommandError(`${error.message}; ${advice}`, { cause: error });
  }
}
