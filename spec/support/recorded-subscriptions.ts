import {
  type ChangeFilter,
  type CoordinationClient,
  type SubscribeOptions,
  type Subscription,
  subscribe,
  type TreeChange,
} from '../../index.js';
import { Recorder } from '../../testing/recorder.js';
import { printChange } from './recorded-trees.js';

/** A subscription whose changes are recorded. */
export interface RecordedSubscription {
  readonly subscription: Subscription;
  /** Each change as `type path`. */
  readonly calls: Recorder<string>;
  readonly changes: Recorder<TreeChange>;
  readonly errors: Recorder<unknown>;
  readonly events: Recorder<string>;
}

export interface SubscriptionOptions extends SubscribeOptions {
  readonly filters?: ChangeFilter | readonly ChangeFilter[];
  /** Runs in each call, which lasts until its promise settles. */
  readonly during?: (change: TreeChange) => unknown;
}

/** Makes a subscription to everything, or to what filters select. */
export function recordSubscription(
  client: CoordinationClient,
  path: string,
  { filters, during, ...options }: SubscriptionOptions = {},
): RecordedSubscription {
  return recorded((onChange) => subscribe(client, path, filters ?? null, onChange, options), during);
}

/** Records everything that a subscription says. @param make with the function that it is to call */
export function recorded(
  make: (onChange: (change: TreeChange) => unknown) => Subscription,
  during: SubscriptionOptions['during'],
): RecordedSubscription {
  const calls = new Recorder<string>();
  const changes = new Recorder<TreeChange>();
  const subscription = make((change) => {
    changes.record(change);
    calls.record(printChange(change));
    return during?.(change);
  });
  const errors = new Recorder<unknown>();
  const events = new Recorder<string>();
  subscription.on('error', errors.record);
  subscription.on('resynced', () => events.record('resynced'));
  subscription.on('stop', (reason) => events.record(`stop ${reason}`));
  return { subscription, calls, changes, errors, events };
}

/** A promise that is resolved from outside. */
export class Gate {
  readonly #opened: Promise<void>;
  #open: () => void = () => {};

  constructor() {
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  get opened(): Promise<void> {
    return this.#opened;
  }

  open(): void {
    this.#open();
  }
}
