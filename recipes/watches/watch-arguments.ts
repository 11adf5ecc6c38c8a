import { validateBoolean, validateOptions, validateSignal } from '../../lib/core/validation.js';
import type { ChildrenWatchOptions, DataWatchOptions } from './watch-types.js';

export function validateDataWatchOptions(options: DataWatchOptions | undefined): void {
  validateOptions('options', options, ['signal']);
  validateSignal('signal', options?.signal);
}

export function validateChildrenWatchOptions(options: ChildrenWatchOptions | undefined): void {
  validateOptions('options', options, ['allowSessionLost', 'sendEvent', 'sendDiff', 'waitForNode', 'signal']);
  validateBoolean('allowSessionLost', options?.allowSessionLost);
  validateBoolean('sendEvent', options?.sendEvent);
  validateBoolean('sendDiff', options?.sendDiff);
  validateBoolean('waitForNode', options?.waitForNode);
  validateSignal('signal', options?.signal);
}
