export type { Access, Authorize } from './authorize.js';
export {
  createEventGateway,
  type EventGateway,
  type EventGatewayOptions,
} from './event-gateway/create-event-gateway.js';
export type { FetchHandler } from './fetch-handler.js';
