import type { ChangeFilter, Subscription, TreeChange } from '../../index.js';
import { type RemoteSubscribeOptions, subscribe } from '../../recipes/remote/index.js';
import { Recorder } from '../../testing/recorder.js';
import type { RecordedSubscription } from './recorded-subscriptions.js';
import { printChange } from './recorded-trees.js';

export interface RemoteOptions extends RemoteSubscribeOptions {
  readonly filters?: ChangeFilter | readonly ChangeFilter[];
  /** Runs in each call, which lasts until its promise settles. */
  readonly during?: (change: TreeChange) => unknown;
}

/** Records everything that a subscription to a gateway says. It is closed by the caller. */
export function recordRemote(url: string, { filters, during, ...options }: RemoteOptions = {}): RecordedSubscription {
  const calls = new Recorder<string>();
  const changes = new Recorder<TreeChange>();
  const onChange = (change: TreeChange): unknown => {
    changes.record(change);
    calls.record(printChange(change));
    return during?.(change);
  };
  const subscription: Subscription = subscribe(url, filters ?? null, onChange, options);
  const errors = new Recorder<unknown>();
  const events = new Recorder<string>();
  subscription.on('error', errors.record);
  subscription.on('resynced', () => events.record('resynced'));
  subscription.on('stop', (reason) => events.record(`stop ${reason}`));
  return { subscription, calls, changes, errors, events };
}
