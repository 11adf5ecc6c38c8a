import type { Codec } from '../../protocol/codec.js';
import type { JuteWriter } from '../../protocol/jute.js';

/** What a request is answered with: the number of an error, 0 for none, and a record where there is one. */
export interface Answer {
  readonly error: number;
  readonly write: ((writer: JuteWriter) => void) | null;
}

/** An answer with a record. */
export function answer<T>(codec: Codec<T>, value: T, error = 0): Answer {
  return { error, write: (writer) => codec.write(writer, value) };
}

/** That it cannot be, by the number of the error. */
export function refusal(error: number): Answer {
  return { error, write: null };
}

/** An answer without a record. */
export const DONE: Answer = refusal(0);
