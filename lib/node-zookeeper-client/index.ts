/// <reference types="node" preserve="true" />

/**
 * The watches on a client of node-zookeeper-client that a service already has: {@link fromNodeZooKeeperClient}.
 *
 * @module zk-recipes/node-zookeeper-client
 */

export type {
  Acl,
  ChildrenAndStat,
  ClientState,
  CoordinationClient,
  CreateMode,
  CreateOptions,
  DataAndStat,
  ServerName,
  Stat,
  StateChange,
  WatchedEvent,
  Watcher,
} from '../core/coordination-client.js';
export type { ErrorCode, ErrorCodes, ErrorDetails } from '../core/errors.js';
export {
  BadVersionError,
  ClientClosedError,
  ConnectionLossError,
  InvalidArgumentError,
  InvalidPathError,
  NodeExistsError,
  NoNodeError,
  NotEmptyError,
  ZooKeeperError,
} from '../core/errors.js';
export type { Logger } from '../core/logger.js';
export type {
  CheckResult,
  CreateResult,
  DeleteResult,
  SetDataResult,
  Transaction,
  TransactionResult,
} from '../core/transaction.js';
export { NodeZooKeeperClientAdapter } from './adapter.js';
export type { NodeZooKeeperClientAdapterEvents } from './adapter-operations.js';
export { fromNodeZooKeeperClient } from './from-node-zookeeper-client.js';
export type { AdapterOptions } from './options.js';
export type { NodeZooKeeperClient, NodeZooKeeperStat } from './wrapped-client.js';
