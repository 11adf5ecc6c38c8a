import { UsageError } from './usage-error.js';

/** Throws for the empty text. */
export function toText(name: string, text: string): string {
  if (text === '') throw new UsageError(`--${name} must not be empty`);
  return text;
}
