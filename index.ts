/// <reference types="node" preserve="true" />

/**
 * ZooKeeper watches that survive: {@link DataWatch}, {@link ChildrenWatch}, {@link PatientChildrenWatch} and
 * {@link TreeWatch}, and subscriptions to changes by {@link subscribe}, on a {@link ZooKeeperClient} that outlives its
 * connections and sessions.
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
  ServerName,
  Stat,
  StateChange,
  TreeListener,
  TreeRegistration,
  WatchedEvent,
  Watcher,
  ZnodeRead,
} from './lib/core/coordination-client.js';
export type {
  ClientStateMessage,
  WatchDeliverMessage,
  WatchMessage,
  WatchReadMessage,
} from './lib/core/diagnostics.js';
export type { AuthFailureDetails, AuthFailureReason, ErrorCode, ErrorDetails } from './lib/core/errors.js';
export {
  AuthFailedError,
  BadVersionError,
  ClientClosedError,
  ConnectionLossError,
  ConnectTimeoutError,
  InvalidAclError,
  InvalidArgumentError,
  InvalidCheckpointError,
  InvalidPathError,
  NoAuthError,
  NoChildrenForEphemeralsError,
  NodeExistsError,
  NoNodeError,
  NotEmptyError,
  NotSubscribedError,
  ReplyTooLargeError,
  SessionExpiredError,
  WatchInUseError,
  WatchStoppedError,
  ZooKeeperError,
} from './lib/core/errors.js';
export type { LatencyBucket, LatencyHistogram } from './lib/core/latency-histogram.js';
export type { Logger } from './lib/core/logger.js';
export type { RetryPolicy } from './lib/core/retry.js';
export type {
  CheckResult,
  CreateResult,
  DeleteResult,
  SetDataResult,
  Transaction,
  TransactionResult,
} from './lib/core/transaction.js';
export type { TransactionalClient, ZnodeTransaction } from './lib/core/transactional-client.js';
export type { WatchKind, WatchMetrics } from './lib/core/watch-counts.js';
export type { AclAndStat, ClientIdentity } from './lib/zookeeper/answers.js';
export { ZooKeeperClient } from './lib/zookeeper/client.js';
export type { ZooKeeperClientEvents } from './lib/zookeeper/client-events.js';
export type { ConnectOptions } from './lib/zookeeper/connect-waiters.js';
export type { AuthInfo } from './lib/zookeeper/connection/connection.js';
export type { KerberosClient, KerberosModule } from './lib/zookeeper/connection/sasl/gssapi.js';
export type { SaslMechanism, SaslServer } from './lib/zookeeper/connection/sasl/sasl-mechanism.js';
export type { DigestMd5Option, GssapiOption, SaslOption } from './lib/zookeeper/connection/sasl/sasl-option.js';
export { TlsError, type TlsErrorDetails } from './lib/zookeeper/connection/tls-error.js';
export type { TlsOption, TlsOptions } from './lib/zookeeper/connection/tls-source.js';
export type { ClientMetrics } from './lib/zookeeper/metrics.js';
export type { ZooKeeperClientOptions } from './lib/zookeeper/options.js';
export type { RequestMetrics } from './lib/zookeeper/session/session-counts.js';
export type { ChangeFilter, ChangeType, TreeChange, TreeNode } from './recipes/changes/index.js';
export { Checkpoint } from './recipes/changes/index.js';
export type { ClientSource, PathSource, WatchDecorator } from './recipes/decorators/index.js';
export { childrenWatch, dataWatch, treeWatch, watchesOf } from './recipes/decorators/index.js';
export type { NodeWatch, StopReason, WatchEvents, WatchOptions, WatchStatus } from './recipes/delivering/index.js';
export type { ChangeFunction, SubscribeOptions, Subscription, Transport } from './recipes/events/index.js';
export { subscribe } from './recipes/events/index.js';
export type { Tree, TreeMode, TreeTurn, TreeWatchFunction, TreeWatchOptions } from './recipes/tree/index.js';
export { TreeWatch } from './recipes/tree/index.js';
export type {
  ChildrenChange,
  ChildrenDiff,
  ChildrenWatchFunction,
  ChildrenWatchOptions,
  DataChange,
  DataWatchFunction,
  DataWatchOptions,
  PatientChildrenWatchOptions,
  PatientStartOptions,
  SettledChildren,
  WaitingChildrenWatchFunction,
} from './recipes/watches/index.js';
export { ChildrenWatch, DataWatch, PatientChildrenWatch } from './recipes/watches/index.js';
