/// <reference types="node" preserve="true" />

/**
 * A ZooKeeper inside the process, for tests, demos and development: {@link EmbeddedZooKeeper}. Production runs on an
 * ensemble of real ones.
 *
 * @module zk-recipes/embedded
 */

export type { ErrorCode, ErrorDetails } from '../core/errors.js';
export { InvalidArgumentError, ZooKeeperError } from '../core/errors.js';
export type { Logger } from '../core/logger.js';
export { EmbeddedZooKeeper } from './embedded-zookeeper.js';
export type { DamageDetails, DataIoDetails, LockDetails } from './journal/journal-errors.js';
export { DataDamagedError, DataIoError, DataLockedError } from './journal/journal-errors.js';
export type { EmbeddedZooKeeperOptions } from './options.js';
