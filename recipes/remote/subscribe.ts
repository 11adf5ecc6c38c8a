import { InvalidArgumentError } from '../../lib/core/errors.js';
import { completeRetryPolicy, type RetryPolicy } from '../../lib/core/retry.js';
import {
  describe,
  invalid,
  invalidSecret,
  validateFunction,
  validateMilliseconds,
  validateOptions,
  validateSignal,
} from '../../lib/core/validation.js';
import type { ChangeFilter } from '../changes/index.js';
import type { ChangeFunction, Subscription } from '../events/index.js';
import { REMOTE } from './limits.js';
import { RemoteFilter } from './remote-filters.js';
import { RemoteSubscription } from './remote-subscription.js';

/** Options of the {@link subscribe} of `zk-recipes/remote`. */
export interface RemoteSubscribeOptions {
  /**
   * The position after which changes are handed out, as of a subscription before. Deletions since then are handed out
   * as far as the gateway remembers them. Default: only changes after `ready`.
   */
  since?: bigint | undefined;
  /** Closes the subscription when it aborts. */
  signal?: AbortSignal | undefined;
  /**
   * How long a poll waits for a change while no socket can be had, in ms; 0: changes are never polled, and `ready`
   * rejects when three attempts to have a socket have failed. Default 15,000.
   */
  pollFallback?: number | undefined;
  /** Attempts to reach the gateway, and the pauses between them. Default: no end, and pauses from 100 to 30,000 ms. */
  retry?: RetryPolicy | undefined;
  /**
   * Headers of the requests, such as `authorization`. A browser's sockets have none: there `authorization` goes into
   * their first message, and with any other header changes are polled.
   */
  headers?: Record<string, string> | undefined;
}

/**
 * Subscribes to changes of znodes at an event gateway (`createEventGateway` of `zk-recipes/http`), without a connection
 * to ZooKeeper: in browsers too. Calls a function with each change that a filter selects, or gives them to a loop.
 *
 * Changes come over a WebSocket. After three failures to have one they are polled, and a socket is tried again every 5
 * minutes. After an interruption it continues where it was, at the same gateway or at another one of the same path and
 * ensemble. The function never sees an older state of a znode after a newer one. `before` is always `null`.
 *
 * @param url of the gateway's `events`, http or https
 * @param filters of which any must select a change; `null` for every change
 * @param onChange `null` for a loop over the subscription
 * @throws `InvalidArgumentError` for invalid arguments.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { ZooKeeperClient } from 'zk-recipes';
 * import { createEventGateway, toNodeListener } from 'zk-recipes/http';
 * import { subscribe } from 'zk-recipes/remote';
 *
 * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
 * const gateway = createEventGateway(client, '/config');
 * const server = createServer(toNodeListener(gateway.handler));
 * server.on('upgrade', gateway.upgrade).listen(8084, '127.0.0.1');
 *
 * const subscription = subscribe('http://127.0.0.1:8084/events', { path: '/config/**' }, ({ type, path }) => {
 *   console.log(type, path);
 * });
 * await subscription.ready;
 *
 * await subscription.close();
 * await gateway.close();
 * server.close();
 * await client.close();
 * ```
 */
export function subscribe(
  url: string | URL,
  filters: ChangeFilter | readonly ChangeFilter[] | null,
  onChange?: ChangeFunction | null,
  options?: RemoteSubscribeOptions,
): Subscription {
  const address = toAddress(url);
  if (onChange !== undefined && onChange !== null) validateFunction('onChange', onChange);
  validateOptions('options', options, ['since', 'signal', 'pollFallback', 'retry', 'headers']);
  const { since, signal, pollFallback = REMOTE.pollFallback, headers = {} } = options ?? {};
  if (since !== undefined && typeof since !== 'bigint') throw invalidSecret('since', since, 'a bigint');
  if (since !== undefined && since < 0n) throw invalid('since', since, 'a zxid from 0n');
  validateSignal('signal', signal);
  validateMilliseconds('pollFallback', pollFallback, 0);
  const retry = completeRetryPolicy(options?.retry, REMOTE.retry);
  validateHeaders(headers);
  const list = filters === null ? [{}] : Array.isArray(filters) ? filters : [filters];
  const name = (index: number): string => (Array.isArray(filters) ? `filters[${index}]` : 'filters');
  const all = list.map((filter, index) => new RemoteFilter(name(index), filter, since));
  return new RemoteSubscription(all, onChange ?? null, {
    url: address,
    headers: { ...headers },
    retry,
    pollFallback,
    since,
    signal,
  });
}

/** Never shows the address: it may have credentials in it. */
function toAddress(url: unknown): string {
  const text = url instanceof URL ? url.href : url;
  if (typeof text !== 'string' || !URL.canParse(text)) throw invalidSecret('url', url, 'an absolute URL');
  const { protocol, username, password, href, hash } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new InvalidArgumentError('url must begin with http: or https:, also for WebSockets');
  }
  if (username !== '' || password !== '') {
    throw new InvalidArgumentError('url must have no credentials, which logs would show: use headers');
  }
  return hash === '' ? href : href.slice(0, -hash.length);
}

function validateHeaders(headers: unknown): void {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    throw invalidSecret('headers', headers, 'an object of names and values');
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw new InvalidArgumentError('headers must have names of headers');
    if (typeof value === 'string' && /^[\t\x20-\x7e]*$/.test(value)) continue;
    throw new InvalidArgumentError(`headers.${name} must be the value of a header, but is ${describe(value)}`);
  }
}
