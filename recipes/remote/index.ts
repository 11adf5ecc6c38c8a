export type { ChangeFunction, Subscription, Transport } from '../events/index.js';
export { RemoteBlobStorage, type RemoteBlobStorageOptions } from './blobs/remote-blob-storage.js';
export { type RemoteSubscribeOptions, subscribe } from './subscribe.js';
