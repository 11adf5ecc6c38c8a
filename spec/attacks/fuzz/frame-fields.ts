import { BODIES, type FrameKind, HANDSHAKE, HEADER, OUTCOME_HEADER, OUTCOMES, type Shape } from './reply-shapes.js';

/** A number, a flag, a text, bytes, or the number of items of a list. */
export type FieldType = 'int' | 'long' | 'boolean' | 'string' | 'buffer' | 'count';

/** One field of a frame. Its offsets count from the frame's length prefix. */
export interface Field {
  /** As `getData.stat.mzxid` less its kind; items of a list have no index: `children[]`. */
  readonly name: string;
  readonly type: FieldType;
  readonly start: number;
  readonly end: number;
  /** The items of a list, for its count. */
  readonly items?: readonly { readonly start: number; readonly end: number }[];
}

/** The fields of a frame, and whether all of them were there. */
export interface Fields {
  readonly fields: readonly Field[];
  readonly isComplete: boolean;
}

const PREFIX = 4;
/** The offset of the error in a reply, its prefix included. */
const ERROR_OFFSET = 16;

class Truncated extends Error {}

/** Follows the shape of a frame through its bytes. */
export function fieldsOf(kind: FrameKind, frame: Buffer): Fields {
  const walk = new Walk(frame);
  try {
    if (kind === 'handshake') walk.follow(HANDSHAKE, '');
    else {
      walk.follow(HEADER, 'header');
      if (frame.readInt32BE(ERROR_OFFSET) === 0) walk.follow(BODIES[kind], '');
    }
    return { fields: walk.fields, isComplete: true };
  } catch (error) {
    if (!(error instanceof Truncated)) throw error;
    return { fields: walk.fields, isComplete: false };
  }
}

/** The names and types of all fields that a frame of this kind can have. */
export function fieldNamesOf(kind: FrameKind): ReadonlyMap<string, FieldType> {
  const names = new Map<string, FieldType>();
  if (kind === 'handshake') collect(HANDSHAKE, '', names);
  else {
    collect(HEADER, 'header', names);
    collect(BODIES[kind], '', names);
  }
  return names;
}

function collect(shape: Shape, name: string, names: Map<string, FieldType>): void {
  if (shape === 'outcomes') {
    for (const [each, body] of Object.values(OUTCOMES)) {
      collect(OUTCOME_HEADER, `${each}.header`, names);
      collect(body, each, names);
    }
    collect(OUTCOME_HEADER, 'last.header', names);
  } else if (typeof shape === 'string') names.set(name, shape);
  else if ('list' in shape) {
    names.set(`${name}.count`, 'count');
    collect(shape.list, `${name}[]`, names);
  } else for (const [each, part] of shape.fields) collect(part, join(name, each), names);
}

class Walk {
  readonly fields: Field[] = [];
  readonly #frame: Buffer;
  #at = PREFIX;

  constructor(frame: Buffer) {
    this.#frame = frame;
  }

  follow(shape: Shape, name: string): void {
    if (shape === 'outcomes') this.#followOutcomes();
    else if (shape === 'int') this.#take(name, shape, 4);
    else if (shape === 'long') this.#take(name, shape, 8);
    else if (shape === 'boolean') this.#take(name, shape, 1);
    else if (typeof shape === 'string') this.#take(name, shape, 4 + Math.max(0, this.#int()));
    else if ('list' in shape) this.#followList(shape.list, name);
    else for (const [each, part] of shape.fields) this.follow(part, join(name, each));
  }

  #followList(shape: Shape, name: string): void {
    const count = this.#int();
    const index = this.fields.length;
    this.#take(`${name}.count`, 'count', 4);
    const items: { start: number; end: number }[] = [];
    for (let nth = 0; nth < count; nth += 1) {
      const start = this.#at;
      this.follow(shape, `${name}[]`);
      items.push({ start, end: this.#at });
    }
    this.fields[index] = { ...(this.fields[index] as Field), items };
  }

  #followOutcomes(): void {
    for (;;) {
      const op = this.#int();
      if (this.#at + 5 > this.#frame.length) throw new Truncated();
      const isLast = this.#frame[this.#at + 4] !== 0;
      const outcome = OUTCOMES[op];
      if (!isLast && !outcome) throw new Truncated();
      this.follow(OUTCOME_HEADER, `${isLast ? 'last' : outcome?.[0]}.header`);
      if (isLast || !outcome) return;
      this.follow(outcome[1], outcome[0]);
    }
  }

  #int(): number {
    if (this.#at + 4 > this.#frame.length) throw new Truncated();
    return this.#frame.readInt32BE(this.#at);
  }

  #take(name: string, type: FieldType, length: number): void {
    const start = this.#at;
    if (start + length > this.#frame.length) throw new Truncated();
    this.#at = start + length;
    this.fields.push({ name, type, start, end: this.#at });
  }
}

function join(name: string, part: string): string {
  return name === '' ? part : `${name}.${part}`;
}
