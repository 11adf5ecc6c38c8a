import { InvalidArgumentError } from '../../lib/core/errors.js';
import {
  invalid,
  invalidSecret,
  validateBoolean,
  validateFunction,
  validateMilliseconds,
  validateOptions,
  validateSignal,
} from '../../lib/core/validation.js';
import { Checkpoint } from '../changes/index.js';
import type { TreeWatchOptions } from './types.js';

const KEYS = [
  'data',
  'depth',
  'ignore',
  'since',
  'signal',
  'maxIdleTimeout',
] as const satisfies (keyof TreeWatchOptions)[];

/** @throws {@link InvalidArgumentError} unless the options are those of a TreeWatch. */
export function validateTreeWatchOptions(options: TreeWatchOptions | undefined): void {
  validateOptions('options', options, KEYS);
  const { data, depth, ignore, signal } = options ?? {};
  validateBoolean('data', data);
  if (depth !== undefined && depth !== Infinity && !(Number.isInteger(depth) && depth >= 0)) {
    throw invalid('depth', depth, 'a whole number from 0, or Infinity');
  }
  if (ignore !== undefined) validateFunction('ignore', ignore);
  validateSignal('signal', signal);
  validateSince(options?.since);
  validateIdleTimeout(options?.maxIdleTimeout);
}

/** @throws {@link InvalidArgumentError} unless it is a position or a checkpoint. */
export function validateSince(since: unknown): void {
  if (since === undefined || since instanceof Checkpoint) return;
  if (typeof since !== 'bigint') throw invalidSecret('since', since, 'a bigint or a Checkpoint');
  if (since < 0n) throw invalid('since', since, 'a zxid from 0n');
}

/** @throws {@link InvalidArgumentError} when the checkpoint is of another path. */
export function validateSinceOf(path: string, since: bigint | Checkpoint | undefined): void {
  if (!(since instanceof Checkpoint) || since.root === path) return;
  throw new InvalidArgumentError(`since is a checkpoint of ${since.root}, not of ${path}`, { path });
}

export function validateIdleTimeout(timeout: unknown): void {
  if (timeout !== undefined && timeout !== Infinity) validateMilliseconds('maxIdleTimeout', timeout, 1);
}
