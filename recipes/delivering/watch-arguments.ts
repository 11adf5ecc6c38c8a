import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { InvalidArgumentError } from '../../lib/core/errors.js';
import { invalidSecret } from '../../lib/core/validation.js';

/** Distinguishes `(func, options)` from `(options)`. Checks the function; the options are still to be validated. */
export function toFunctionAndOptions<F, O extends object>(
  funcOrOptions: F | O | null | undefined,
  laterOptions: O | undefined,
): { func: F | null; options: O | undefined } {
  const hasFunction = typeof funcOrOptions !== 'object' || funcOrOptions === null || laterOptions !== undefined;
  if (!hasFunction) return { func: null, options: funcOrOptions as O };
  const func = funcOrOptions ?? null;
  if (func !== null && typeof func !== 'function') throw invalidSecret('func', func, 'a function or null');
  return { func: func as F | null, options: laterOptions };
}

/** Clients of other packages, by methods that only they have: a watch of one would never be called. */
const FOREIGN: readonly (readonly [name: string, methods: readonly string[], cure: string])[] = [
  [
    'node-zookeeper-client',
    ['getState', 'addAuthInfo'],
    'pass fromNodeZooKeeperClient(client) of zk-recipes/node-zookeeper-client, or make a ZooKeeperClient',
  ],
  [
    'the native package zookeeper',
    ['a_get', 'aw_get'],
    'make a ZooKeeperClient with the same connect string, or wrap the object in a CoordinationClient of your own',
  ],
];

/** Clients that have passed: thousands of watches may have the same one. */
const valid = new WeakSet<object>();

/** Throws unless the client has the state and the methods that a watch needs. */
export function validateClient(client: unknown): asserts client is CoordinationClient {
  if (valid.has(client as object)) return;
  for (const [name, methods, cure] of FOREIGN) {
    if (!methods.every((method) => typeof (client as Record<string, unknown> | null)?.[method] === 'function'))
      continue;
    throw new InvalidArgumentError(`client is an object of ${name}, which a watch cannot use as it is: ${cure}`);
  }
  const { state, getData, getChildren, exists, on, off } = (client ?? {}) as Partial<CoordinationClient>;
  if (typeof state !== 'string')
    throw invalidSecret('client', client, 'a CoordinationClient, such as a ZooKeeperClient');
  for (const method of [getData, getChildren, exists, on, off]) {
    if (typeof method !== 'function')
      throw invalidSecret('client', client, 'a CoordinationClient, such as a ZooKeeperClient');
  }
  valid.add(client as object);
}
