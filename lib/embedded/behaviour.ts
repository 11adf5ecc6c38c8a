import type { Operation } from '../protocol/op-code.js';

/** How a server of another version or make differs from ZooKeeper 3.8. */
export interface Behaviour {
  /** Operations that it does not know: it says so, and ends the connection. */
  readonly unknown: ReadonlySet<Operation>;
  /** Operations over which it ends the connection without an answer. */
  readonly hangsUpOn: ReadonlySet<Operation>;
  /** The path in the event of a recursive watch: that of the changed znode, or that of the watch. */
  readonly recursiveEventsOf: 'changed' | 'watched';
}

export const ZOOKEEPER_3_8: Behaviour = {
  unknown: new Set(),
  hangsUpOn: new Set(),
  recursiveEventsOf: 'changed',
};

export const ZOOKEEPER_3_5: Behaviour = {
  ...ZOOKEEPER_3_8,
  unknown: new Set(['multiRead', 'getEphemerals', 'getAllChildrenNumber', 'setWatches2', 'addWatch', 'whoAmI']),
};

/** The events of a recursive watch: ClickHouse#115475. The operations on watches: ClickHouse#55594. */
export const CLICKHOUSE_KEEPER: Behaviour = {
  ...ZOOKEEPER_3_8,
  hangsUpOn: new Set(['setWatches', 'setWatches2', 'checkWatches', 'removeWatches']),
  recursiveEventsOf: 'watched',
};
