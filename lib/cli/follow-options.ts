import type { Checkpoint } from '../../index.js';
import { toMilliseconds, toNumber, toZxid } from './arguments.js';
import { printDiagnostic } from './stderr.js';
import { UsageError } from './usage-error.js';

/** The options of the commands that follow a tree. */
export const TREE_OPTIONS = {
  'no-data': { type: 'boolean' },
  since: { type: 'string' },
  idle: { type: 'string' },
} as const;

/** The values of {@link TREE_OPTIONS}. */
export interface TreeValues {
  readonly 'no-data'?: boolean;
  readonly since?: string;
  readonly idle?: string;
}

/** Options of watches of trees, and of subscriptions. */
export interface FollowOptions {
  readonly data: boolean;
  readonly since?: bigint;
  readonly maxIdleTimeout?: number;
}

export function toFollowOptions({ 'no-data': isWithoutData, since, idle }: TreeValues): FollowOptions {
  const [zxid, maxIdleTimeout] = [toZxid('since', since), toMilliseconds('idle', idle, 1)];
  return {
    data: !isWithoutData,
    ...(zxid !== undefined && { since: zxid }),
    ...(maxIdleTimeout !== undefined && { maxIdleTimeout }),
  };
}

/** The options about the end of the commands that follow something. */
export const END_OPTIONS = {
  once: { type: 'boolean', short: '1', default: false },
  count: { type: 'string', short: 'n' },
} as const;

/** The number of calls or changes after which the command ends. */
export function toLimit({ once, count }: { once: boolean; count?: string }): number {
  if (once && count !== undefined) throw new UsageError('--once is --count 1: give only one of them');
  if (count !== undefined) return toNumber('count', count, 1, Number.MAX_SAFE_INTEGER);
  return once ? 1 : Infinity;
}

/** Reports that deletions are missing. */
export function reportIncomplete(since: bigint | Checkpoint): void {
  const isZxid = typeof since === 'bigint';
  const from = isZxid ? '--since' : 'the checkpoint';
  const reason = isZxid ? ': a zxid does not say which znodes there were' : '';
  printDiagnostic(`deletions since ${from} are not reported${reason}`);
}
