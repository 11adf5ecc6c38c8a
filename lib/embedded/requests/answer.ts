import type { Codec } from '../../protocol/codec.js';
import type { JuteWriter } from '../../protocol/jute.js';

/** The answer to a request: an error number, 0 for success, and a record where the operation has one. */
export interface Answer {
  readonly error: number;
  readonly write: ((writer: JuteWriter) => void) | null;
}

/** An answer with a record. */
export function answer<T>(codec: Codec<T>, value: T, error = 0): Answer {
  return { error, write: (writer) => codec.write(writer, value) };
}

/** An error without a record. */
export function refusal(error: number): Answer {
  return { error, write: null };
}

/** Success without a record. */
export const DONE: Answer = refusal(0);
