export { subscribe } from './subscribe.js';
export type { ChangeFunction, SubscribeOptions, Subscription, Transport } from './types.js';
