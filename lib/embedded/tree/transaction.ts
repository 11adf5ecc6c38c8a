import type { Acl } from '../../core/coordination-client.js';
import { boolean, buffer, type Codec, int, long, record, string, vector } from '../../protocol/codec.js';
import { type JuteReader, JuteWriter, MalformedRecordError } from '../../protocol/jute.js';
import { acl } from '../../protocol/records.js';

/** One change of the server's state, found to be possible; or the error that it failed of, which takes a zxid too. */
export type Transaction =
  | { readonly type: 'createSession'; readonly password: Buffer; readonly timeout: number }
  | { readonly type: 'closeSession'; readonly paths: readonly string[] }
  | {
      readonly type: 'create';
      readonly path: string;
      readonly data: Buffer | null;
      readonly acl: readonly Acl[];
      readonly ephemeralOwner: bigint;
      readonly creations: number;
    }
  | { readonly type: 'delete'; readonly path: string }
  | { readonly type: 'setData'; readonly path: string; readonly data: Buffer | null; readonly version: number }
  | { readonly type: 'setAcl'; readonly path: string; readonly acl: readonly Acl[]; readonly version: number }
  | { readonly type: 'check'; readonly path: string }
  | { readonly type: 'error'; readonly error: number }
  | { readonly type: 'multi'; readonly transactions: readonly Transaction[] };

/** When a transaction happened, and for whom. */
export interface TransactionHeader {
  readonly zxid: bigint;
  /** In ms since the epoch. */
  readonly time: number;
  readonly sessionId: bigint;
}

const NUMBERS = {
  error: 0,
  createSession: 1,
  closeSession: 2,
  create: 3,
  delete: 4,
  setData: 5,
  setAcl: 6,
  check: 7,
  multi: 8,
} as const satisfies Record<Transaction['type'], number>;

const TYPES = new Map<number, Transaction['type']>(
  Object.entries(NUMBERS).map(([type, number]) => [number, type as Transaction['type']]),
);

const password: Codec<Buffer> = {
  read: (reader) => reader.buffer() ?? Buffer.alloc(0),
  write: (writer, value) => writer.buffer(value),
};

const time: Codec<number> = {
  read: (reader) => reader.safeLong(),
  write: (writer, value) => writer.safeLong(value),
};

const transaction: Codec<Transaction> = {
  read(reader) {
    const number = reader.int();
    const type = TYPES.get(number);
    if (!type) throw new MalformedRecordError(`a transaction of type ${number}`);
    return { type, ...(BODIES[type].read(reader) as object) } as Transaction;
  },
  write(writer, value) {
    writer.int(NUMBERS[value.type]);
    (BODIES[value.type] as Codec<unknown>).write(writer, value);
  },
};

const BODIES = {
  error: record({ error: int }),
  createSession: record({ password, timeout: int }),
  closeSession: record({ paths: vector(string) }),
  create: record({ path: string, data: buffer, acl: vector(acl), ephemeralOwner: long, creations: int }),
  delete: record({ path: string }),
  setData: record({ path: string, data: buffer, version: int }),
  setAcl: record({ path: string, acl: vector(acl), version: int }),
  check: record({ path: string }),
  multi: record({ transactions: vector(transaction) }),
} as const;

const header = record({ time, sessionId: long });

/** The transaction as it stands in the log, which keeps the zxid beside it. */
export function encodeTransaction(head: TransactionHeader, body: Transaction): Buffer {
  const writer = new JuteWriter();
  header.write(writer, head);
  transaction.write(writer, body);
  return writer.bytes;
}

/** A transaction of the log. */
export function decodeTransaction(zxid: bigint, reader: JuteReader): [TransactionHeader, Transaction] {
  const decoded: [TransactionHeader, Transaction] = [{ zxid, ...header.read(reader) }, transaction.read(reader)];
  requireEnd(reader);
  return decoded;
}

/** What is longer than what was read of it is something else. */
export function requireEnd({ remaining }: JuteReader): void {
  if (remaining > 0) throw new MalformedRecordError(`it goes on after its end, for ${remaining} bytes`);
}

/** One session in a snapshot. */
export const storedSession = record({ id: long, password, timeout: int });

/** One znode in a snapshot. Whether a child was created before or after another is not kept. */
export const storedZnode = record({
  path: string,
  data: buffer,
  acl: vector(acl),
  czxid: long,
  mzxid: long,
  pzxid: long,
  ctime: time,
  mtime: time,
  version: int,
  aversion: int,
  creations: int,
  ephemeralOwner: long,
});

/** Whether another item of a list follows in a snapshot. */
export const more = boolean;
