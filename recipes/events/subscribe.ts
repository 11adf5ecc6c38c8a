import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { validatePath } from '../../lib/core/paths.js';
import { validateBoolean, validateFunction, validateOptions, validateSignal } from '../../lib/core/validation.js';
import { type ChangeFilter, compileFilters } from '../changes/index.js';
import { validateClient } from '../delivering/index.js';
import { validateIdleTimeout, validateSince, validateSinceOf } from '../tree/index.js';
import { TreeSubscription } from './tree-subscription.js';
import type { ChangeFunction, SubscribeOptions, Subscription } from './types.js';

/**
 * Subscribes to the changes of a znode and of all below it: calls a function with each change that a filter selects, or
 * gives them to a loop. It survives connection losses, server changes and session expiries until it is closed.
 *
 * Changes come one at a time, in the order of their transactions. A function that returns a promise is awaited; changes
 * of one znode that arrive meanwhile are coalesced to one. A change that several filters select comes once. An error of
 * the function is reported by the event `error`, and the change counts as handed out.
 *
 * @param filters of which any must select a change; `null` for every change
 * @param onChange `null` for a loop over the subscription
 * @throws {@link InvalidPathError} or {@link InvalidArgumentError} for invalid arguments.
 *
 * @example
 * ```ts
 * import { subscribe, ZooKeeperClient } from 'zk-recipes';
 *
 * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
 * const subscription = subscribe(client, '/jobs', { type: 'created', sequential: 'job-' }, async ({ path, node }) => {
 *   console.log(`${path}: ${node?.data}`);
 * });
 * await subscription.ready;
 * ```
 */
export function subscribe(
  client: CoordinationClient,
  path: string,
  filters: ChangeFilter | readonly ChangeFilter[] | null,
  onChange?: ChangeFunction | null,
  options?: SubscribeOptions,
): Subscription {
  validateClient(client);
  validatePath(path);
  const compiled = compileFilters('filters', filters);
  if (onChange !== undefined && onChange !== null) validateFunction('onChange', onChange);
  validateOptions('options', options, ['since', 'data', 'signal', 'maxIdleTimeout']);
  const { since, data, signal, maxIdleTimeout } = options ?? {};
  validateSince(since);
  validateSinceOf(path, since);
  validateBoolean('data', data);
  validateSignal('signal', signal);
  validateIdleTimeout(maxIdleTimeout);
  return new TreeSubscription(client, path, compiled, onChange ?? null, options ?? {});
}
