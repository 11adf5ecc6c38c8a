export { subscribe } from './subscribe.js';
export type { ChangeFunction, SubscribeOptions, Subscription, Transport } from './types.js';
export type {
  WireBatch,
  WireDeletion,
  WireError,
  WireFilter,
  WireMessage,
  WireRequest,
  WireStat,
  WireZnode,
} from './wire.js';
export { toWireFilter, WIRE_FLAGS } from './wire.js';
