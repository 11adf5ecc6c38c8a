import {
  ChildrenWatch,
  DataWatch,
  PatientChildrenWatch,
  TreeWatch,
  type TreeWatchOptions,
  type WatchedEvent,
  type ZooKeeperClient,
} from '../../index.js';
import { reportIncomplete } from './follow-options.js';
import { untilStopped } from './until-stopped.js';
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
        reportIncomplete(since);
      }
      isFirst = false;
      return calls.tree(tree, changes, { hasData, before: watch.position });
    });
    return untilStopped(watch);
  },
};
