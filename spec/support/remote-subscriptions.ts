import { type RemoteSubscribeOptions, subscribe } from '../../recipes/remote/index.js';
import { type RecordedSubscription, recorded, type SubscriptionOptions } from './recorded-subscriptions.js';

/** Options of a remote subscription, with the filters that are subscribed to and the work of each call. */
export type RemoteOptions = RemoteSubscribeOptions & Pick<SubscriptionOptions, 'filters' | 'during'>;

/** Records everything that a subscription to a gateway says. It is closed by the caller. */
export function recordRemote(url: string, { filters, during, ...options }: RemoteOptions = {}): RecordedSubscription {
  return recorded((onChange) => subscribe(url, filters ?? null, onChange, options), during);
}
