import type { CreateMode } from '../../index.js';
import { invalidWord } from '../core/validation.js';
import { CREATE_MODES } from '../core/znode-arguments.js';
import { UsageError } from './usage-error.js';

/** The options about the kind of a znode that is created. */
export const MODE_OPTIONS = {
  mode: { type: 'string', short: 'm' },
  ephemeral: { type: 'boolean', short: 'e', default: false },
  sequential: { type: 'boolean', short: 's', default: false },
  container: { type: 'boolean', short: 'c', default: false },
} as const;

/** The values of {@link MODE_OPTIONS}. */
export interface ModeValues {
  readonly mode?: string;
  readonly ephemeral: boolean;
  readonly sequential: boolean;
  readonly container: boolean;
}

/** The mode by its name, or by the options of zkCli. */
export function toMode({ mode: name, ephemeral, sequential, container }: ModeValues): CreateMode {
  if (name !== undefined && (ephemeral || sequential || container)) {
    throw new UsageError('--mode cannot be combined with --ephemeral, --sequential or --container');
  }
  if (container && (ephemeral || sequential)) {
    throw new UsageError('--container cannot be combined with --ephemeral or --sequential');
  }
  if (name === undefined) return container ? 'container' : toPlainMode(ephemeral, sequential);
  const mode = CREATE_MODES.find((known) => known === name);
  if (mode === undefined) throw new UsageError(invalidWord('--mode', name, CREATE_MODES).message);
  return mode;
}

function toPlainMode(isEphemeral: boolean, isSequential: boolean): CreateMode {
  const kind = isEphemeral ? 'ephemeral' : 'persistent';
  return isSequential ? `${kind}-sequential` : kind;
}
