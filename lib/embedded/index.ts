/// <reference types="node" preserve="true" />

/**
 * A ZooKeeper server in the process, for tests, demos and development: {@link EmbeddedZooKeeper}. Production needs an
 * ensemble of real servers.
 *
 * @module zk-recipes/embedded
 */

export type { ErrorCode, ErrorCodes, ErrorDetails } from '../core/errors.js';
export { InvalidArgumentError, ZooKeeperError } from '../core/errors.js';
export type { Logger } from '../core/logger.js';
export { EmbeddedZooKeeper } from './embedded-zookeeper.js';
export type { DamageDetails, DataIoDetails, LockDetails } from './errors.js';
export { DataDamagedError, DataIoError, DataLockedError } from './errors.js';
export type { EmbeddedSaslOptions, EmbeddedZooKeeperOptions } from './options.js';
export type { EmbeddedTlsOptions } from './tls-options.js';
