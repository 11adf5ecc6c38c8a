import {
  ChildrenWatch,
  DataWatch,
  PatientChildrenWatch,
  type StopReason,
  type WatchedEvent,
  type ZooKeeperClient,
  ZooKeeperError,
} from '../../index.js';
import { say } from './stderr-logger.js';
import type { Calls } from './watch-calls.js';

/** What of a znode can be watched. */
export type WatchKind = 'data' | 'children' | 'settled';

interface WatchArguments {
  readonly signal: AbortSignal;
  /** For how long the children must not change, in ms. */
  readonly boundary: number | undefined;
}

type Watch = (client: ZooKeeperClient, calls: Calls, options: WatchArguments) => Promise<void>;

/** Each watches until there have been enough calls. */
export const KINDS: Readonly<Record<WatchKind, Watch>> = {
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

/** What fails before the first call ends the command; what fails later is said, and the watch goes on. */
async function untilStopped(watch: DataWatch | ChildrenWatch<boolean>): Promise<void> {
  let hasBegun = false;
  watch.on('error', (error) => {
    if (hasBegun) say(error instanceof Error ? error.message : String(error));
  });
  const stopped = new Promise<StopReason>((resolve) => {
    watch.on('stop', resolve);
  });
  await watch.ready;
  hasBegun = true;
  if ((await stopped) === 'error') throw new ZooKeeperError('UNKNOWN', `the watch of ${watch.path} cannot go on`);
}
