import type { Stat } from '../core/coordination-client.js';
import type { Codec, Decoded } from './codec.js';
import { type JuteReader, MalformedRecordError } from './jute.js';
import {
  childrenOnlyRecord,
  createRecord,
  createTtlRecord,
  dataAndStatRecord,
  errorOnlyRecord,
  multiHeaderRecord,
  pathAndStatRecord,
  pathAndVersionRecord,
  pathAndWatchRecord,
  pathOnlyRecord,
  setDataRecord,
  statOnlyRecord,
} from './messages.js';
import { OpCode } from './op-code.js';

/** One operation of a transaction, or one read of several. */
export type MultiOperation =
  | ({ readonly op: 'create' | 'create2' | 'createContainer' } & Decoded<typeof createRecord>)
  | ({ readonly op: 'createTtl' } & Decoded<typeof createTtlRecord>)
  | ({ readonly op: 'setData' } & Decoded<typeof setDataRecord>)
  | ({ readonly op: 'delete' | 'check' } & Decoded<typeof pathAndVersionRecord>)
  | ({ readonly op: 'getData' | 'getChildren' } & Decoded<typeof pathAndWatchRecord>);

/** The outcome of one operation. An `error` of 0: undone because of another operation. */
export type MultiOutcome =
  | { readonly op: 'create'; readonly path: string }
  | { readonly op: 'create2'; readonly path: string; readonly stat: Stat }
  | { readonly op: 'setData'; readonly stat: Stat }
  | { readonly op: 'delete' | 'check' }
  | { readonly op: 'getData'; readonly data: Buffer | null; readonly stat: Stat }
  | { readonly op: 'getChildren'; readonly children: string[] }
  | { readonly op: 'error'; readonly error: number };

type Bodies = Readonly<Record<string, Codec<unknown>>>;

const REQUESTS = {
  create: createRecord,
  create2: createRecord,
  createContainer: createRecord,
  createTtl: createTtlRecord,
  setData: setDataRecord,
  delete: pathAndVersionRecord,
  check: pathAndVersionRecord,
  getData: pathAndWatchRecord,
  getChildren: pathAndWatchRecord,
} as const satisfies Bodies;

const nothing: Codec<object> = { least: 0, read: () => ({}), write: () => {} };

const OUTCOMES = {
  create: pathOnlyRecord,
  create2: pathAndStatRecord,
  setData: statOnlyRecord,
  delete: nothing,
  check: nothing,
  getData: dataAndStatRecord,
  getChildren: childrenOnlyRecord,
  error: errorOnlyRecord,
} as const satisfies Bodies;

/** A codec of a list that can stop at a list that is too long. */
interface ListCodec<T> extends Codec<readonly T[]> {
  read(reader: JuteReader, most?: number): T[];
}

/**
 * A list of records of different operations, each with its header in front.
 *
 * @param noError the number in the header of an operation without an error
 */
function list<T extends { readonly op: string }>(bodies: Bodies, noError: number): ListCodec<T> {
  const byOp = new Map(
    Object.entries(bodies).map(([op, body]) => [OpCode[op as keyof typeof OpCode] as number, { op, body }]),
  );
  return {
    least: multiHeaderRecord.least,
    read(reader, most = Number.POSITIVE_INFINITY) {
      const items: T[] = [];
      for (;;) {
        const { op, done } = multiHeaderRecord.read(reader);
        if (done) return items;
        if (items.length >= most) throw new MalformedRecordError(`more than ${most} results of a transaction`);
        const kind = byOp.get(op);
        if (!kind) throw new MalformedRecordError(`an operation ${op} in a transaction`);
        items.push({ op: kind.op, ...(kind.body.read(reader) as object) } as unknown as T);
      }
    },
    write(writer, items) {
      for (const item of items) {
        const error = item.op === 'error' ? (item as unknown as { error: number }).error : noError;
        const op = OpCode[item.op as keyof typeof OpCode];
        multiHeaderRecord.write(writer, { op, done: false, error });
        bodies[item.op]?.write(writer, item);
      }
      multiHeaderRecord.write(writer, { op: -1, done: true, error: -1 });
    },
  };
}

export const multiRecord = list<MultiOperation>(REQUESTS, -1);
export const multiResponseRecord = list<MultiOutcome>(OUTCOMES, 0);
