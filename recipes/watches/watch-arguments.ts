import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { invalid, validateOptions } from '../../lib/core/validation.js';

/** Tells apart `(func, options)` and `(options)`, and checks both. */
export function toFunctionAndOptions<F, O extends object>(
  funcOrOptions: F | O | null | undefined,
  laterOptions: O | undefined,
  known: readonly string[],
): { func: F | null; options: Partial<O> } {
  const hasFunction = typeof funcOrOptions !== 'object' || funcOrOptions === null || laterOptions !== undefined;
  const func = hasFunction ? (funcOrOptions ?? null) : null;
  const options = hasFunction ? laterOptions : funcOrOptions;
  if (func !== null && typeof func !== 'function') throw invalid('func', func, 'a function or null');
  validateOptions('options', options, known);
  return { func: func as F | null, options: (options ?? {}) as Partial<O> };
}

/** Throws unless the client can carry a recipe. */
export function validateClient(client: unknown): void {
  const { getData, getChildren, exists, on, off } = (client ?? {}) as Partial<CoordinationClient>;
  for (const method of [getData, getChildren, exists, on, off]) {
    if (typeof method !== 'function')
      throw invalid('client', client, 'a CoordinationClient, such as a ZooKeeperClient');
  }
}
