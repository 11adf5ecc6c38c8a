import { type CoordinationClient, type TreeChange, TreeWatch, type TreeWatchOptions } from '../../index.js';
import type { FakeTree } from '../../testing/fake-tree.js';
import { Recorder } from '../../testing/recorder.js';
import { type AuditedNode, TreeAudit } from '../oracle/tree-audit.js';

/** A watch of a tree whose calls are audited, and recorded as lists of `type path`. */
export interface RecordedTree {
  readonly watch: TreeWatch;
  /** Each call as the list of its changes. */
  readonly calls: Recorder<readonly string[]>;
  readonly changes: Recorder<TreeChange>;
  readonly audit: TreeAudit;
  readonly errors: Recorder<unknown>;
  readonly events: Recorder<string>;
}

/** A change as `created /a`, or `modified /a recreated`. */
export function printChange({ type, path, recreated }: TreeChange): string {
  return `${type} ${path}${recreated ? ' recreated' : ''}`;
}

export interface RecordOptions extends TreeWatchOptions {
  /** Runs in each call, which lasts until its promise settles. */
  readonly during?: () => unknown;
  /** The tree that the watch resumes from. */
  readonly from?: ReadonlyMap<string, AuditedNode>;
}

/** Makes a watch of a tree. */
export function recordTree(
  client: CoordinationClient,
  path: string,
  { during, from, ...options }: RecordOptions = {},
): RecordedTree {
  const audit = new TreeAudit(path, from);
  const calls = new Recorder<readonly string[]>();
  const changes = new Recorder<TreeChange>();
  const watch = new TreeWatch(
    client,
    path,
    (tree, news) => {
      audit.see(tree, news);
      for (const change of news) changes.record(change);
      calls.record(news.map(printChange));
      return during?.();
    },
    options,
  );
  const errors = new Recorder<unknown>();
  const events = new Recorder<string>();
  watch.on('error', errors.record);
  watch.on('resynced', () => events.record('resynced'));
  watch.on('stop', (reason) => events.record(`stop ${reason}`));
  return { watch, calls, changes, audit, errors, events };
}

/** The znodes of a fake service from a path on, as they are compared. */
export function znodesOf(tree: FakeTree, root: string): Map<string, AuditedNode> {
  const prefix = root === '/' ? '/' : `${root}/`;
  const within = [...tree.snapshot()].filter(([path]) => path === root || path.startsWith(prefix));
  return new Map(
    within.map(([path, { czxid, mzxid, data }]) => [path, { czxid, mzxid, data: data.toString('latin1') }]),
  );
}
