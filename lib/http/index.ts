/**
 * Blobs, values and the changes of a tree over HTTP and WebSocket, for programs without a connection to ZooKeeper:
 * `createBlobHandler` and `createEventGateway` answer requests, and `toNodeListener` puts them into a server of Node.
 *
 * @module zk-recipes/http
 */

export type { Access, Authorize } from './authorize.js';
export { type BlobHandlerOptions, createBlobHandler } from './blob-handler/create-blob-handler.js';
export {
  createEventGateway,
  type EventGateway,
  type EventGatewayOptions,
} from './event-gateway/create-event-gateway.js';
export type { FetchHandler } from './fetch-handler.js';
export { toNodeListener } from './node-listener.js';
