import { fieldChanges } from './field-mutations.js';
import { fieldNamesOf } from './frame-fields.js';
import { FRAME_MUTATIONS } from './frame-mutations.js';
import { FRAME_KINDS, type FrameKind } from './reply-shapes.js';

/** One way to mutate one field, or the whole, of one kind of frame. */
export interface Entry {
  readonly kind: FrameKind;
  /** `null` for the frame as a whole. */
  readonly field: string | null;
  readonly mutation: string;
}

/** Every mutation of every field of every frame that the client reads, and of each frame as a whole. */
export const CATALOGUE: readonly Entry[] = FRAME_KINDS.flatMap((kind): Entry[] => [
  ...[...fieldNamesOf(kind)].flatMap(([field, type]) =>
    Object.keys(fieldChanges(field, type)).map((mutation) => ({ kind, field, mutation })),
  ),
  ...Object.keys(FRAME_MUTATIONS).map((mutation) => ({ kind, field: null, mutation })),
]);

/** A prime above the catalogue's length: its multiples visit every entry, far apart from one to the next. */
const STRIDE = 1_000_003;

/** The entry of the nth mutation: each run of as many as the catalogue has visits all of them. */
export function entryOf(nth: number): Entry {
  return CATALOGUE[Number((BigInt(nth) * BigInt(STRIDE)) % BigInt(CATALOGUE.length))] as Entry;
}

export function printEntry({ kind, field, mutation }: Entry): string {
  return field === null ? `${kind} ${mutation}` : `${kind} ${field}: ${mutation}`;
}
