import type { ChangeFilter, ChangeType } from '../../index.js';
import { flawOf } from '../core/paths.js';
import { invalidWord, quote } from '../core/validation.js';
import { UsageError } from './usage-error.js';

/** The options that select changes. */
export const FILTER_OPTIONS = {
  path: { type: 'string', multiple: true },
  type: { type: 'string', short: 't', multiple: true },
  ephemeral: { type: 'boolean', default: false },
  persistent: { type: 'boolean', default: false },
  sequential: { type: 'string' },
} as const;

const TYPES: readonly ChangeType[] = ['created', 'modified', 'deleted'];

/** The values of {@link FILTER_OPTIONS}. */
export interface FilterValues {
  readonly path?: readonly string[];
  readonly type?: readonly string[];
  readonly ephemeral: boolean;
  readonly persistent: boolean;
  readonly sequential?: string;
}

/** The changes to be printed. */
export function toFilter({ path, type, ephemeral, persistent, sequential }: FilterValues): ChangeFilter {
  if (ephemeral && persistent) throw new UsageError('--ephemeral and --persistent exclude each other');
  if (sequential?.includes('/')) throw new UsageError('--sequential must be the prefix of a name, but has a "/"');
  return {
    ...(path && { path: path.map(toPattern) }),
    ...(type && { type: type.map(toType) }),
    ...((ephemeral || persistent) && { ephemeral }),
    ...(sequential !== undefined && { sequential }),
  };
}

function toPattern(pattern: string): string {
  const flaw = flawOf(pattern);
  if (flaw !== null) throw new UsageError(`${quote(pattern)} is not a pattern of paths: it ${flaw}`);
  return pattern;
}

function toType(name: string): ChangeType {
  const type = TYPES.find((known) => known === name);
  if (type === undefined) throw new UsageError(invalidWord('--type', name, TYPES).message);
  return type;
}
