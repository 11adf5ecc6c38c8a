/// <reference types="node" preserve="true" />

/**
 * ZooKeeper watches that survive: {@link DataWatch}, {@link ChildrenWatch} and {@link PatientChildrenWatch}, on a
 * {@link ZooKeeperClient} that outlives its connections and sessions.
 *
 * @module zk-recipes
 */

export type {
  Acl,
  ChildrenAndStat,
  ClientState,
  CoordinationClient,
  CreateMode,
  CreateOptions,
  DataAndStat,
  Stat,
  WatchedEvent,
  Watcher,
} from '../lib/coordination-client.js';
export type {
  ClientStateMessage,
  WatchDeliverMessage,
  WatchMessage,
  WatchReadMessage,
} from '../lib/diagnostics.js';
export type { ErrorCode, ErrorDetails } from '../lib/errors.js';
export {
  AuthFailedError,
  BadVersionError,
  ClientClosedError,
  ConnectionLossError,
  ConnectTimeoutError,
  InvalidAclError,
  InvalidArgumentError,
  InvalidPathError,
  NoAuthError,
  NoChildrenForEphemeralsError,
  NodeExistsError,
  NoNodeError,
  NotEmptyError,
  SessionExpiredError,
  WatchInUseError,
  WatchStoppedError,
  ZooKeeperError,
} from '../lib/errors.js';
export type { Logger } from '../lib/logger.js';
export type { RetryPolicy } from '../lib/retry.js';
export type { AclAndStat, ZooKeeperClientEvents } from '../lib/zookeeper/client.js';
export { ZooKeeperClient } from '../lib/zookeeper/client.js';
export type { ZooKeeperClientOptions } from '../lib/zookeeper/client-options.js';
export type { ConnectOptions } from '../lib/zookeeper/connect-waiters.js';
export type { AuthInfo } from '../lib/zookeeper/connection.js';
export type {
  CheckResult,
  CreateResult,
  DeleteResult,
  SetDataResult,
  Transaction,
  TransactionResult,
} from '../lib/zookeeper/transaction.js';
export type { ChildrenDiff } from './children-diff.js';
export type {
  ChildrenChange,
  ChildrenWatchFunction,
  ChildrenWatchOptions,
  WaitingChildrenWatchFunction,
} from './children-watch.js';
export { ChildrenWatch } from './children-watch.js';
export type { DataChange, DataWatchFunction, DataWatchOptions } from './data-watch.js';
export { DataWatch } from './data-watch.js';
export type { ClientSource, PathSource, WatchDecorator } from './decorators.js';
export { childrenWatch, dataWatch, watchesOf } from './decorators.js';
export type { NodeWatch, StopReason, WatchEvents, WatchOptions, WatchStatus } from './node-watch.js';
export type { PatientChildrenWatchOptions, PatientStartOptions } from './patient-children-watch.js';
export { PatientChildrenWatch } from './patient-children-watch.js';
export type { SettledChildren } from './settle-wait.js';
