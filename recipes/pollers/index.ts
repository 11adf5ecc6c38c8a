/// <reference types="node" preserve="true" />

/**
 * Pollers: what is new, changed or gone below a URL since you asked last, for directories, znodes and containers
 * of OpenStack Swift. {@link makePoller} makes one by its URL, {@link registerPoller} adds a kind of your own.
 *
 * @module zk-recipes/pollers
 */

export type { CoordinationClient } from '../../lib/core/coordination-client.js';
export {
  InvalidArgumentError,
  InvalidCheckpointError,
  WatchStoppedError,
  ZooKeeperError,
} from '../../lib/core/errors.js';
export type { ChangeType } from '../changes/index.js';
export type { PollerErrorDetails } from './errors.js';
export { PollerError, UnsupportedUrlError } from './errors.js';
export { makePoller } from './make-poller.js';
export { registerPoller } from './registry.js';
export type {
  GetNewEventsOptions,
  PollEvent,
  PollEventsOptions,
  Poller,
  PollerMaker,
  PollerOptions,
} from './types.js';
