import type { Stat } from '../core/coordination-client.js';
import type { Codec, Decoded } from './codec.js';
import { MalformedRecordError } from './jute.js';
import {
  childrenOnly,
  createRequest,
  createTtlRequest,
  dataAndStat,
  errorOnly,
  multiHeader,
  pathAndStat,
  pathAndVersion,
  pathAndWatch,
  pathOnly,
  setDataRequest,
  statOnly,
} from './messages.js';
import { OpCode } from './op-code.js';

/** One operation of a transaction, or one read of several. */
export type MultiOperation =
  | ({ readonly op: 'create' | 'create2' | 'createContainer' } & Decoded<typeof createRequest>)
  | ({ readonly op: 'createTtl' } & Decoded<typeof createTtlRequest>)
  | ({ readonly op: 'setData' } & Decoded<typeof setDataRequest>)
  | ({ readonly op: 'delete' | 'check' } & Decoded<typeof pathAndVersion>)
  | ({ readonly op: 'getData' | 'getChildren' } & Decoded<typeof pathAndWatch>);

/** What became of one of them. An `error` of 0 is one that was undone because of another. */
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
  create: createRequest,
  create2: createRequest,
  createContainer: createRequest,
  createTtl: createTtlRequest,
  setData: setDataRequest,
  delete: pathAndVersion,
  check: pathAndVersion,
  getData: pathAndWatch,
  getChildren: pathAndWatch,
} as const satisfies Bodies;

const nothing: Codec<object> = { read: () => ({}), write: () => {} };

const OUTCOMES = {
  create: pathOnly,
  create2: pathAndStat,
  setData: statOnly,
  delete: nothing,
  check: nothing,
  getData: dataAndStat,
  getChildren: childrenOnly,
  error: errorOnly,
} as const satisfies Bodies;

/** A list of records of several kinds, each with its header in front. */
function list<T extends { readonly op: string }>(bodies: Bodies): Codec<readonly T[]> {
  const byOp = new Map(
    Object.entries(bodies).map(([op, body]) => [OpCode[op as keyof typeof OpCode] as number, { op, body }]),
  );
  return {
    read(reader) {
      const items: T[] = [];
      for (;;) {
        const { op, done } = multiHeader.read(reader);
        if (done) return items;
        const kind = byOp.get(op);
        if (!kind) throw new MalformedRecordError(`an operation ${op} in a transaction`);
        items.push({ op: kind.op, ...(kind.body.read(reader) as object) } as unknown as T);
      }
    },
    write(writer, items) {
      for (const item of items) {
        const error = item.op === 'error' ? (item as unknown as { error: number }).error : 0;
        const op = OpCode[item.op as keyof typeof OpCode];
        multiHeader.write(writer, { op, done: false, error });
        bodies[item.op]?.write(writer, item);
      }
      multiHeader.write(writer, { op: -1, done: true, error: -1 });
    },
  };
}

export const multiRequest = list<MultiOperation>(REQUESTS);
export const multiResponse = list<MultiOutcome>(OUTCOMES);
