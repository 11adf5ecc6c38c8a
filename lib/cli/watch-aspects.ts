import {
  ChildrenWatch,
  DataWatch,
  PatientChildrenWatch,
  type StopReason,
  type WatchedEvent,
  type ZooKeeperClient,
} from '../../index.js';
import type { CallPrinter, WatchedAspect } from './call-printer.js';
import { CommandError } from './command-error.js';
import { printDiagnostic } from './stderr.js';

interface WatchArguments {
  readonly signal: AbortSignal;
  /** The time for which the children must not change, in ms. */
  readonly boundary: number | undefined;
}

type Watch = (client: ZooKeeperClient, printer: CallPrinter, options: WatchArguments) => Promise<void>;

/** Watches each aspect until the printer has printed enough calls. */
export const WATCHES: Readonly<Record<WatchedAspect, Watch>> = {
  data: (client, printer, { signal }) =>
    untilStopped(
      new DataWatch(client, printer.path, (data, stat, event) => printer.data(data, stat, event), { signal }),
    ),

  children: (client, printer, { signal }) => {
    const options = { sendDiff: true, waitForNode: true, signal };
    return untilStopped(new ChildrenWatch(client, printer.path, (...call) => printer.children(...call), options));
  },

  async settled(client, printer, { signal, boundary }) {
    const watch = new PatientChildrenWatch(client, printer.path, {
      ...(boundary !== undefined && { timeBoundary: boundary }),
    });
    for (let event: WatchedEvent | null = null; ; ) {
      const { children, changed } = await watch.start({ signal });
      if (!(await printer.children(children, event))) return;
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
