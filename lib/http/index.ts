export type { Access, Authorize } from './authorize.js';
export { type BlobHandlerOptions, createBlobHandler } from './blob-handler/create-blob-handler.js';
export {
  createEventGateway,
  type EventGateway,
  type EventGatewayOptions,
} from './event-gateway/create-event-gateway.js';
export type { FetchHandler } from './fetch-handler.js';
export { toNodeListener } from './node-listener.js';
