/**
 * The same storage and the same subscriptions behind a server of `zk-recipes/http`, in Node and in browsers.
 *
 * @module zk-recipes/remote
 */

export type { ChangeFunction, Subscription, Transport } from '../events/index.js';
export { RemoteBlobStorage, type RemoteBlobStorageOptions } from './blobs/remote-blob-storage.js';
export { type RemoteSubscribeOptions, subscribe } from './subscribe.js';
