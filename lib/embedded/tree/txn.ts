import type { Acl } from '../../core/coordination-client.js';
import { boolean, buffer, type Codec, int, long, record, string, vector } from '../../protocol/codec.js';
import { type JuteReader, JuteWriter, MalformedRecordError } from '../../protocol/jute.js';
import { aclRecord } from '../../protocol/records.js';

/** A checked change of the server's state, or the error of a refused one: that takes a zxid, too. */
export type Txn =
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
  | { readonly type: 'multi'; readonly txns: readonly Txn[] };

/** The order, time and author of a transaction. */
export interface TxnHeader {
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
} as const satisfies Record<Txn['type'], number>;

const TYPES = new Map<number, Txn['type']>(
  Object.entries(NUMBERS).map(([type, number]) => [number, type as Txn['type']]),
);

const password: Codec<Buffer> = {
  least: 4,
  read: (reader) => reader.buffer() ?? Buffer.alloc(0),
  write: (writer, value) => writer.buffer(value),
};

const time: Codec<number> = {
  least: 8,
  read: (reader) => reader.safeLong(),
  write: (writer, value) => writer.safeLong(value),
};

const txn: Codec<Txn> = {
  least: 4,
  read(reader) {
    const number = reader.int();
    const type = TYPES.get(number);
    if (!type) throw new MalformedRecordError(`a transaction of type ${number}`);
    return { type, ...(BODIES[type].read(reader) as object) } as Txn;
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
  create: record({ path: string, data: buffer, acl: vector(aclRecord), ephemeralOwner: long, creations: int }),
  delete: record({ path: string }),
  setData: record({ path: string, data: buffer, version: int }),
  setAcl: record({ path: string, acl: vector(aclRecord), version: int }),
  check: record({ path: string }),
  multi: record({ txns: vector(txn) }),
} as const;

const header = record({ time, sessionId: long });

/** Encodes a transaction for the log. The zxid is left out: the log stores it beside the record. */
export function encodeTxn(head: TxnHeader, body: Txn): Buffer {
  const writer = new JuteWriter();
  header.write(writer, head);
  txn.write(writer, body);
  return writer.bytes;
}

/** Decodes a transaction of the log. */
export function decodeTxn(zxid: bigint, reader: JuteReader): [TxnHeader, Txn] {
  const decoded: [TxnHeader, Txn] = [{ zxid, ...header.read(reader) }, txn.read(reader)];
  requireEnd(reader);
  return decoded;
}

/** Throws when bytes are left: the server never writes a record with a rest. */
export function requireEnd({ remaining }: JuteReader): void {
  if (remaining > 0) throw new MalformedRecordError(`${remaining} bytes follow its end`);
}

/** A session in a snapshot. */
export const storedSession = record({ id: long, password, timeout: int });

/** A znode in a snapshot. The order in which siblings were created is not stored. */
export const storedZnode = record({
  path: string,
  data: buffer,
  acl: vector(aclRecord),
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
