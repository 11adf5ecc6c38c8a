import type { TreeChange } from '../../index.js';
import { toJsonData, toJsonStat } from './json.js';

/** The rest of the JSON of a change. */
export interface JsonChangeOptions {
  /** In ISO 8601. */
  readonly time: string;
  /** The zxid up to which everything was given out with this change. */
  readonly position: bigint;
  /** Whether the data was asked for. */
  readonly hasData: boolean;
}

/** A change for a person. */
export function changeLine({ type, path }: TreeChange): string {
  return `${type} ${path}\n`;
}

/** A change in JSON. */
export function toJsonChange(change: TreeChange, { time, position, hasData }: JsonChangeOptions): object {
  const { type, path, zxid, recreated, node } = change;
  return {
    type,
    time,
    path,
    zxid: `${zxid}`,
    recreated,
    ...(node?.unreadable && { unreadable: true }),
    ...(hasData && toJsonData(node?.data ?? null)),
    stat: toJsonStat(node?.stat ?? null),
    position: `${position}`,
  };
}
