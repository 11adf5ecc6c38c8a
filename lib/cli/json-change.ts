import type { TreeChange, TreeNode } from '../../index.js';
import { toJsonData, toJsonStat } from './json.js';

/** The rest of the JSON of a change. */
export interface JsonChangeOptions {
  /** In ISO 8601. */
  readonly time: string;
  /** The zxid up to which everything was given out with this change. */
  readonly position: bigint;
  /** Whether the data was asked for. */
  readonly hasData: boolean;
  /** Whether the znode as it was before was asked for. */
  readonly hasPrevious: boolean;
}

/** A change for a person. */
export function changeLine({ type, path }: TreeChange): string {
  return `${type} ${path}\n`;
}

/** A change in JSON. */
export function toJsonChange(change: TreeChange, { time, position, hasData, hasPrevious }: JsonChangeOptions): object {
  const { type, path, zxid, recreated, node, before } = change;
  return {
    type,
    time,
    path,
    zxid: `${zxid}`,
    recreated,
    ...(node?.unreadable && { unreadable: true }),
    ...(hasData && toJsonData(node?.data ?? null)),
    stat: toJsonStat(node?.stat ?? null),
    ...(hasPrevious && { previous: before && toPrevious(before, hasData) }),
    position: `${position}`,
  };
}

function toPrevious({ data, stat }: TreeNode, hasData: boolean): object {
  return { ...(hasData && toJsonData(data)), stat: toJsonStat(stat) };
}
