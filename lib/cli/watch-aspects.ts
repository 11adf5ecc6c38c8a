import {
  ChildrenWatch,
  DataWatch,
  PatientChildrenWatch,
  type StopReason,
  type WatchedEvent,
  type ZooKeeperClient,
} from '../../index.js';
import { CommandError } from './command-error.js';
import { printDiagnostic } from './stderr.js';
import type { WatchCalls, WatchedAspect } from './watch-calls.js';

interface WatchArguments {
  readonly signal: AbortSignal;
  /** The time for which the children must not change, in ms. */
  readonly boundary: number | undefined;
}

type Watch = (client: ZooKeeperClient, calls: WatchCalls, options: WatchArguments) => Promise<void>;

/** Watches each aspect until enough calls were given out. */
export const WATCHES: Readonly<Record<WatchedAspect, Watch>> = {
  data: (client, calls, { signal }) =>
    untilStopped(new DataWatch(client, calls.path, (data, stat, event) => calls.data(data, stat, event), { signal })),

  children: (client, calls, { signal }) => {
    const options = { sendDiff: true, waitForNode: true, signal };
    return untilStopped(new ChildrenWatch(client, calls.path, (...call) => calls.children(...call), options));
  },

  async settled(client, calls, { signal, boundary }) {
    const watch = new PatientChildrenWatch(client, calls.path, {
      ...(boundary !== undefined && { timeBoundary: boundary }),
    });
    for (let event: WatchedEvent | null = null; ; ) {
      const { children, changed } = await watch.start({ signal });
      if (!(await calls.children(children, event))) return;
      event = await changed;
    }
  },
};

/**
 * Waits until the watch has stopped. An error before the first call rejects; a later one is printed, and the watch goes
 * on.
 *
 * @throws CommandError when an error has stopped the watch
 */
export async function untilStopped(watch: DataWatch | ChildrenWatch<boolean>): Promise<void> {
  let hasBegun = false;
  let lastError: unknown;
  const stopped = new Promise<StopReason>((resolve) => {
    watch.on('stop', resolve);
  });
  watch.on('error', (error) => {
    lastError = error;
    // A microtask later the watch has stopped if the error stops it, and the CommandError then has the message.
    queueMicrotask(() => {
      if (hasBegun && !watch.stopped) printDiagnostic(messageOf(error));
    });
  });
  await watch.ready;
  hasBegun = true;
  if ((await stopped) !== 'error') return;
  throw new CommandError(`the watch of ${watch.path} has stopped: ${messageOf(lastError)}`, { cause: lastError });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
