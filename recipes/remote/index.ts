export type { ChangeFunction, Subscription, Transport } from '../events/index.js';
export { type RemoteSubscribeOptions, subscribe } from './subscribe.js';
