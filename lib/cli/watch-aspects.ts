import {
  ChildrenWatch,
  DataWatch,
  PatientChildrenWatch,
  type StopReason,
  TreeWatch,
  type TreeWatchOptions,
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
  readonly treeOptions: TreeWatchOptions;
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

  tree(client, calls, { signal, treeOptions }) {
    const { data: hasData = true, since } = treeOptions;
    const watch = new TreeWatch(client, calls.path, { ...treeOptions, signal });
    let isFirst = true;
    watch.register((tree, changes) => {
      if (isFirst && since !== undefined && !watch.complete) {
        printDiagnostic('deletions since --since are not reported: a zxid does not say which znodes there were');
      }
      isFirst = false;
      return calls.tree(tree, changes, { hasData, before: watch.position });
    });
    return untilStopped(watch);
  },
};

/**
 * Waits until the watch has stopped. Errors are printed, and the watch goes on; but the first call must succeed.
 *
 * @throws the error that prevented the first call; CommandError when a later one has stopped the watch
 */
export async function untilStopped(watch: DataWatch | ChildrenWatch<boolean> | TreeWatch): Promise<void> {
  const early: unknown[] = [];
  let hasBegun = false;
  let lastError: unknown;
  const stopped = new Promise<StopReason>((resolve) => {
    watch.on('stop', resolve);
  });
  watch.on('error', (error) => {
    lastError = error;
    if (!hasBegun) early.push(error);
    // A microtask later the watch has stopped if the error stops it, and the CommandError then has the message.
    else queueMicrotask(() => !watch.stopped && printDiagnostic(messageOf(error)));
  });
  await watch.ready;
  hasBegun = true;
  reportEarly(early);
  if ((await stopped) !== 'error') return;
  throw new CommandError(`the watch of ${watch.path} has stopped: ${messageOf(lastError)}`, { cause: lastError });
}

/** The errors of single znodes of a tree, in one line however many they are. */
function reportEarly([first, ...others]: readonly unknown[]): void {
  if (first === undefined) return;
  const more = others.length > 0 ? ` (and ${others.length} more errors before the first call)` : '';
  printDiagnostic(`${messageOf(first)}${more}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
