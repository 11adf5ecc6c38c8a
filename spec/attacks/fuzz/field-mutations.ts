import type { SeededRandom } from '../../../testing/seeded-random.js';
import { int, long, sized, splice, withLength } from './bytes.js';
import type { Field, FieldType } from './frame-fields.js';

/** The surroundings of a field. */
interface FieldContext {
  readonly random: SeededRandom;
  readonly fields: readonly Field[];
}

/** Changes a field of a frame; `null` where the frame offers nothing to change in that way. */
type Change = (frame: Buffer, field: Field, context: FieldContext) => Buffer | null;

/** Changes of a field, by name. */
type Changes = Readonly<Record<string, Change>>;

/** The errors of KeeperException, and numbers that are none. */
const ERRORS = [
  ...[-1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12, -13, -14, -100, -101, -102, -103, -108, -110, -111, -112],
  ...[-113, -114, -115, -116, -117, -118, -119, -120, -121, -122, -123, -124, -125, -126, -127],
  ...[-128, -999, 1, 42, 0x7fffffff, -0x80000000],
];

const LONG_TEXT = 64 * 1024;
/** Null items of a list that claims to have as many: 4 bytes each. */
const NULLS = 2_000_000;
const LEAST = -0x80000000;
const MOST = 0x7fffffff;

const replace =
  (value: (old: Buffer, context: FieldContext) => Buffer | null): Change =>
  (frame, { start, end }, context) => {
    const replacement = value(frame.subarray(start, end), context);
    return replacement && splice(frame, start, end, replacement);
  };

const ofInt = (value: (old: number, random: SeededRandom) => number): Change =>
  replace((old, { random }) => int(value(old.readInt32BE(0), random)));

const ofLong = (value: (old: bigint, random: SeededRandom) => bigint): Change =>
  replace((old, { random }) => long(value(old.readBigInt64BE(0), random)));

const flipBits: Change = replace((old, { random }) => {
  const bytes = Buffer.from(old);
  const at = random.below(bytes.length);
  bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.below(8)), at);
  return bytes;
});

/** Exchanges the field with another one of its size. */
const swap: Change = (frame, field, { fields, random }) => {
  const size = field.end - field.start;
  const others = fields.filter(({ start, end }) => start !== field.start && end - start === size);
  if (others.length === 0) return null;
  const other = random.pick(others);
  const copy = Buffer.from(frame);
  frame.copy(copy, field.start, other.start, other.end);
  frame.copy(copy, other.start, field.start, field.end);
  return copy;
};

/** Changes of every field: it is missing, there twice, cut off with all that follows, and torn. */
const OF_ALL: Changes = {
  swapped: swap,
  missing: replace(() => Buffer.alloc(0)),
  doubled: replace((old) => Buffer.concat([old, old])),
  'cut off': (frame, { start }) => withLength(Buffer.from(frame.subarray(0, start))),
  'cut inside': (frame, { start, end }, { random }) =>
    withLength(Buffer.from(frame.subarray(0, random.whole(start, Math.max(start, end - 1))))),
  'stray bytes before': (frame, { start }, { random }) =>
    splice(frame, start, start, Buffer.alloc(random.whole(1, 8), random.below(256))),
};

const INT: Changes = {
  zero: ofInt(() => 0),
  'minus one': ofInt(() => -1),
  least: ofInt(() => LEAST),
  most: ofInt(() => MOST),
  'one more': ofInt((old) => old + 1),
  'one less': ofInt((old) => old - 1),
  negated: ofInt((old) => -old),
  'a bit': flipBits,
  any: ofInt((_, random) => random.whole(LEAST, MOST)),
  small: ofInt((_, random) => random.whole(1, 100)),
};

const LONG: Changes = {
  zero: ofLong(() => 0n),
  'minus one': ofLong(() => -1n),
  least: ofLong(() => -(1n << 63n)),
  most: ofLong(() => (1n << 63n) - 1n),
  'one more': ofLong((old) => old + 1n),
  'one less': ofLong((old) => old - 1n),
  'a little less': ofLong((old, random) => old - BigInt(random.whole(2, 5))),
  'a little more': ofLong((old, random) => old + BigInt(random.whole(2, 50))),
  'far more': ofLong((old) => old + (1n << 40n)),
  negated: ofLong((old) => -old),
  'a bit': flipBits,
  any: ofLong((_, random) => (BigInt(random.whole(LEAST, MOST)) << 32n) | BigInt(random.below(MOST))),
};

const withText = (text: string): Change => replace(() => sized(text));

/** Changes of a length or a count alone: what follows it is taken for something else. */
const LENGTH: Changes = {
  'length null': ofInt(() => -1),
  'length zero': ofInt(() => 0),
  'length -2': ofInt(() => -2),
  'length least': ofInt(() => LEAST),
  'length most': ofInt(() => MOST),
  'length a million': ofInt(() => 1_000_000),
  'length one more': ofInt((old) => old + 1),
  'length one less': ofInt((old) => old - 1),
};

/** A change of the number in front of a text, of bytes or of a list. */
const ofLength =
  (change: Change): Change =>
  (frame, field, context) =>
    change(frame, { ...field, end: field.start + 4 }, context);

const SIZED: Changes = {
  ...Object.fromEntries(Object.entries(LENGTH).map(([name, change]) => [name, ofLength(change)])),
  null: replace(() => int(-1)),
  empty: replace(() => int(0)),
  long: replace(() => sized(Buffer.alloc(LONG_TEXT, 'x'))),
  'not UTF-8': replace(() => sized(Buffer.from([0xff, 0xc0, 0x80]))),
  'other bytes': (frame, field, context) =>
    field.end - field.start > 4 ? flipBits(frame, { ...field, start: field.start + 4 }, context) : null,
};

const TEXT: Changes = {
  ...SIZED,
  foreign: withText('/foreign'),
  root: withText('/'),
  relative: withText('relative'),
  dots: withText('/../dots'),
  dot: withText('.'),
  'with NUL': withText('/nul\0'),
  'with a slash at its end': withText('/slash/'),
};

const COUNT: Changes = {
  ...LENGTH,
  'an item less': (frame, field, { random }) => {
    if (!field.items?.length) return null;
    const { start, end } = random.pick(field.items);
    return counted(splice(frame, start, end, Buffer.alloc(0)), field, field.items.length - 1);
  },
  'an item twice': (frame, field, { random }) => {
    if (!field.items?.length) return null;
    const { start, end } = random.pick(field.items);
    return counted(splice(frame, end, end, frame.subarray(start, end)), field, field.items.length + 1);
  },
  'a null item more': (frame, field) =>
    counted(splice(frame, field.end, field.end, int(-1)), field, (field.items?.length ?? 0) + 1),
  'no items': (frame, field) =>
    counted(splice(frame, field.end, field.items?.at(-1)?.end ?? field.end, Buffer.alloc(0)), field, 0),
  'a flood of null items': (frame, field) =>
    counted(
      splice(frame, field.end, field.items?.at(-1)?.end ?? field.end, Buffer.alloc(4 * NULLS, 0xff)),
      field,
      NULLS,
    ),
};

function counted(frame: Buffer, { start }: Field, count: number): Buffer {
  frame.writeInt32BE(count, start);
  return frame;
}

const BY_TYPE: Readonly<Record<FieldType, Changes>> = {
  int: { ...INT, ...OF_ALL },
  long: { ...LONG, ...OF_ALL },
  boolean: {
    flipped: replace((old) => Buffer.from([old[0] === 0 ? 1 : 0])),
    'another byte': replace((_, { random }) => Buffer.from([random.whole(2, 255)])),
    ...OF_ALL,
  },
  string: { ...TEXT, ...OF_ALL },
  buffer: { ...SIZED, ...OF_ALL },
  count: { ...COUNT, ...OF_ALL },
};

/** The end of a reply's header. */
const HEADER_END = 20;

/** An error in place of the answer, as a server sends it, and with the record of an answer behind it. */
const ERR: Changes = {
  ...Object.fromEntries(
    ERRORS.map((code): [string, Change] => [
      `error ${code}`,
      (frame, { start }) => withLength(Buffer.concat([frame.subarray(0, start), int(code)])),
    ]),
  ),
  'error -101 with the record': ofInt(() => -101),
  'error -42 with the record': ofInt(() => -42),
  'no error': (frame) => (frame.readInt32BE(HEADER_END - 4) === 0 ? null : splice(frame, 16, HEADER_END, int(0))),
};

const XID: Changes = {
  'of a notification': ofInt(() => -1),
  'of a ping': ofInt(() => -2),
  'of an authentication': ofInt(() => -4),
  'of SetWatches': ofInt(() => -8),
  'two more': ofInt((old) => old + 2),
  'two less': ofInt((old) => old - 2),
};

/** The changes of the field with this name and type. */
export function fieldChanges(name: string, type: FieldType): Changes {
  const own = name === 'header.err' ? ERR : name === 'header.xid' ? XID : {};
  return { ...BY_TYPE[type], ...own };
}
