import { type CallContext, NO_STORES } from '../../core/call-context.js';
import type { Watcher } from '../../core/coordination-client.js';

/**
 * The watchers of a path, each with the context in which it is called. A single one without stores stands for itself:
 * nearly every path has just that, and a Map costs 200 bytes.
 */
export type Watchers = Watcher | Map<Watcher, CallContext>;

/** Adds a watcher. The same function again counts as one, and is called in the newer context. */
export function withWatcher(present: Watchers | undefined, watcher: Watcher, context = NO_STORES): Watchers {
  if ((present === undefined || present === watcher) && context === NO_STORES) return watcher;
  return contextsOf(present).set(watcher, context);
}

/** Removes a watcher; `undefined` when none is left. */
export function withoutWatcher(present: Watchers, watcher: Watcher): Watchers | undefined {
  if (!(present instanceof Map)) return present === watcher ? undefined : present;
  present.delete(watcher);
  return present.size === 0 ? undefined : present;
}

/** Whether the watcher is among them. */
export function hasWatcher(present: Watchers | undefined, watcher: Watcher): present is Watchers {
  return present instanceof Map ? present.has(watcher) : present === watcher;
}

/** Joins two that are not used any more. */
export function withWatchers(present: Watchers | undefined, others: Watchers): Watchers {
  if (present === undefined) return others;
  let all = present;
  forEachWatcher(others, (watcher, context) => {
    all = withWatcher(all, watcher, context);
  });
  return all;
}

/** Calls back for each watcher, with its context. */
export function forEachWatcher(present: Watchers, callback: (watcher: Watcher, context: CallContext) => void): void {
  if (present instanceof Map) for (const [watcher, context] of present) callback(watcher, context);
  else callback(present, NO_STORES);
}

/** All watchers with their contexts, to be added to. */
function contextsOf(present: Watchers | undefined): Map<Watcher, CallContext> {
  if (present === undefined) return new Map();
  return present instanceof Map ? present : new Map([[present, NO_STORES]]);
}
