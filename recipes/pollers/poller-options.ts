import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import {
  invalidSecret,
  isUint8Array,
  validateBoolean,
  validateFunction,
  validateMilliseconds,
  validateOptions,
  validateSignal,
} from '../../lib/core/validation.js';
import { validateClient } from '../delivering/index.js';
import type { GetNewEventsOptions, PollEventsOptions, PollerOptions } from './types.js';

const KEYS = [
  'recurse',
  'initial',
  'since',
  'timeBoundary',
  'client',
  'fetch',
  'create',
  'ignore',
  'signal',
] as const satisfies (keyof PollerOptions)[];

/** @throws {@link InvalidArgumentError} unless the options are those of a poller. */
export function validatePollerOptions(options: PollerOptions | undefined): void {
  validateOptions('options', options, KEYS);
  const { recurse, initial, since, timeBoundary, client, fetch, create, ignore, signal } = options ?? {};
  for (const [name, value] of Object.entries({ recurse, initial, create })) validateBoolean(name, value);
  if (since !== undefined && !isUint8Array(since)) throw invalidSecret('since', since, 'a Buffer or Uint8Array');
  if (timeBoundary !== undefined) validateMilliseconds('timeBoundary', timeBoundary, 0);
  if (client !== undefined) validateClient(client satisfies CoordinationClient);
  for (const [name, value] of Object.entries({ fetch, ignore })) if (value !== undefined) validateFunction(name, value);
  validateSignal('signal', signal);
}

/** @throws {@link InvalidArgumentError} unless the options are those of one call. */
export function validateCallOptions(options: GetNewEventsOptions | undefined): void {
  validateOptions('options', options, ['signal']);
  validateSignal('signal', options?.signal);
}

/** @throws {@link InvalidArgumentError} unless the options are those of a loop. */
export function validateLoopOptions(options: PollEventsOptions | undefined): void {
  validateOptions('options', options, ['interval', 'signal']);
  if (options?.interval !== undefined) validateMilliseconds('interval', options.interval, 1);
  validateSignal('signal', options?.signal);
}
