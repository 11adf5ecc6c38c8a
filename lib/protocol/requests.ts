import type { Acl, ChildrenAndStat, CreateMode, DataAndStat, Stat } from '../coordination-client.js';
import { type JuteReader, JuteWriter, MalformedRecordError } from './jute.js';
import { readAcl, readStat, writeAcl } from './records.js';

/** The numbers of ZooKeeper's operations. */
const OpCode = {
  error: -1,
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getAcl: 6,
  setAcl: 7,
  sync: 9,
  getChildren2: 12,
  check: 13,
  multi: 14,
  create2: 15,
  createContainer: 19,
  setWatches: 101,
  closeSession: -11,
} as const;

/** A request as it goes on the wire, and how to read its reply. */
export interface WireRequest<T> {
  /** The operation, for messages. */
  readonly name: string;
  /** Length, xid (to be filled in), operation, record. */
  readonly frame: Buffer;
  /** Reads the reply's record. */
  readonly decode: (reader: JuteReader) => T;
  /** What "no such znode" means, where that is an answer and no error. */
  readonly ifNoNode?: T;
}

/** Where a frame has its xid. */
export const XID_OFFSET = 4;

const FLAGS: Readonly<Record<CreateMode, number>> = {
  persistent: 0,
  ephemeral: 1,
  'persistent-sequential': 2,
  'ephemeral-sequential': 3,
  container: 4,
};

function request<T>(
  name: keyof typeof OpCode,
  capacity: number,
  write: (writer: JuteWriter) => void,
  decode: (reader: JuteReader) => T,
): WireRequest<T> {
  const writer = new JuteWriter(capacity).int(0).int(0).int(OpCode[name]);
  write(writer);
  const frame = writer.bytes;
  frame.writeInt32BE(frame.length - 4, 0);
  return { name: name === 'getChildren2' ? 'getChildren' : name, frame, decode };
}

/** What a request takes besides its path and data, roughly. */
const OVERHEAD = 64;

const nothing = (): void => {};

export function existsRequest(path: string, watch: boolean): WireRequest<Stat | null> {
  const write = (writer: JuteWriter) => writer.string(path).boolean(watch);
  return { ...request<Stat | null>('exists', OVERHEAD + path.length, write, readStat), ifNoNode: null };
}

export function getDataRequest(path: string, watch: boolean): WireRequest<DataAndStat> {
  return request('getData', OVERHEAD + path.length, (w) => w.string(path).boolean(watch), readDataAndStat);
}

function readDataAndStat(reader: JuteReader): DataAndStat {
  // A znode made with null data exists: null is kept for "there is no znode".
  const data = reader.buffer() ?? Buffer.alloc(0);
  return { data, stat: readStat(reader) };
}

export function getChildrenRequest(path: string, watch: boolean): WireRequest<ChildrenAndStat> {
  return request('getChildren2', OVERHEAD + path.length, (w) => w.string(path).boolean(watch), readChildrenAndStat);
}

function readChildrenAndStat(reader: JuteReader): ChildrenAndStat {
  const children = reader.vector((r) => r.string());
  return { children, stat: readStat(reader) };
}

export function createRequest(path: string, data: Buffer, acl: readonly Acl[], mode: CreateMode): WireRequest<string> {
  const capacity = 2 * OVERHEAD + path.length + data.length;
  return request(
    createOp(mode),
    capacity,
    (w) => writeCreate(w, path, data, acl, mode),
    (r) => r.string(),
  );
}

/** The server makes a container of the operation, not of the flag. */
function createOp(mode: CreateMode): 'create' | 'createContainer' {
  return mode === 'container' ? 'createContainer' : 'create';
}

function writeCreate(writer: JuteWriter, path: string, data: Buffer, acl: readonly Acl[], mode: CreateMode): void {
  writer.string(path).buffer(data).vector(acl, writeAcl).int(FLAGS[mode]);
}

export function setDataRequest(path: string, data: Buffer, version: number): WireRequest<Stat> {
  const capacity = OVERHEAD + path.length + data.length;
  return request('setData', capacity, (w) => w.string(path).buffer(data).int(version), readStat);
}

export function deleteRequest(path: string, version: number): WireRequest<void> {
  return request('delete', OVERHEAD + path.length, (w) => w.string(path).int(version), nothing);
}

export function getAclRequest(path: string): WireRequest<{ acl: Acl[]; stat: Stat }> {
  return request('getAcl', OVERHEAD + path.length, (w) => w.string(path), readAclAndStat);
}

function readAclAndStat(reader: JuteReader): { acl: Acl[]; stat: Stat } {
  const acl = reader.vector(readAcl);
  return { acl, stat: readStat(reader) };
}

export function setAclRequest(path: string, acl: readonly Acl[], version: number): WireRequest<Stat> {
  return request('setAcl', OVERHEAD + path.length, (w) => w.string(path).vector(acl, writeAcl).int(version), readStat);
}

export function syncRequest(path: string): WireRequest<void> {
  return request('sync', OVERHEAD + path.length, (w) => w.string(path), nothing);
}

export function closeSessionRequest(): WireRequest<void> {
  return request('closeSession', OVERHEAD, nothing, nothing);
}

/** The one-shot watches of a session, by what they are armed for. */
export interface WatchedPaths {
  readonly data: string[];
  readonly exist: string[];
  readonly child: string[];
}

/** Arms watches anew; what has changed since `relativeZxid` is reported at once instead. */
export function setWatchesRequest(relativeZxid: bigint, { data, exist, child }: WatchedPaths): WireRequest<void> {
  const writeString = (writer: JuteWriter, item: string) => writer.string(item);
  return request(
    'setWatches',
    64 * 1024,
    (w) => w.long(relativeZxid).vector(data, writeString).vector(exist, writeString).vector(child, writeString),
    nothing,
  );
}

/** One operation of a transaction. */
export type TransactionOperation =
  | { readonly type: 'create'; path: string; data: Buffer; acl: readonly Acl[]; mode: CreateMode }
  | { readonly type: 'setData'; path: string; data: Buffer; version: number }
  | { readonly type: 'delete'; path: string; version: number }
  | { readonly type: 'check'; path: string; version: number };

/** What became of one operation of a transaction. `error` is 0 for one that was undone because of another. */
export type TransactionOutcome =
  | { readonly type: 'create'; path: string }
  | { readonly type: 'setData'; stat: Stat }
  | { readonly type: 'delete' }
  | { readonly type: 'check' }
  | { readonly type: 'error'; error: number };

export function multiRequest(operations: readonly TransactionOperation[]): WireRequest<TransactionOutcome[]> {
  const write = (writer: JuteWriter) => {
    for (const operation of operations) {
      const op = operation.type === 'create' ? createOp(operation.mode) : operation.type;
      writer.int(OpCode[op]).boolean(false).int(-1);
      writeOperation(writer, operation);
    }
    writer.int(-1).boolean(true).int(-1);
  };
  return request('multi', 1024, write, readOutcomes);
}

function writeOperation(writer: JuteWriter, operation: TransactionOperation): void {
  switch (operation.type) {
    case 'create':
      return writeCreate(writer, operation.path, operation.data, operation.acl, operation.mode);
    case 'setData':
      writer.string(operation.path).buffer(operation.data).int(operation.version);
      return;
    case 'delete':
    case 'check':
      writer.string(operation.path).int(operation.version);
  }
}

function readOutcomes(reader: JuteReader): TransactionOutcome[] {
  const outcomes: TransactionOutcome[] = [];
  for (;;) {
    const type = reader.int();
    const done = reader.boolean();
    reader.int();
    if (done) return outcomes;
    outcomes.push(readOutcome(reader, type));
  }
}

function readOutcome(reader: JuteReader, type: number): TransactionOutcome {
  switch (type) {
    case OpCode.create:
      return { type: 'create', path: reader.string() };
    case OpCode.create2: {
      const path = reader.string();
      readStat(reader);
      return { type: 'create', path };
    }
    case OpCode.setData:
      return { type: 'setData', stat: readStat(reader) };
    case OpCode.delete:
      return { type: 'delete' };
    case OpCode.check:
      return { type: 'check' };
    case OpCode.error:
      return { type: 'error', error: reader.int() };
    default:
      throw new MalformedRecordError(`an operation ${type} in the reply to a transaction`);
  }
}
