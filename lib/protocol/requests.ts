import type { Acl, ChildrenAndStat, CreateMode, DataAndStat, Stat } from '../core/coordination-client.js';
import { type Codec, nothing } from './codec.js';
import { CreateFlags } from './create-flags.js';
import { type JuteReader, JuteWriter } from './jute.js';
import * as message from './messages.js';
import { type MultiOperation, multiRecord, multiResponseRecord } from './multi.js';
import { OpCode, type Operation } from './op-code.js';
import { statRecord } from './records.js';

/** A request on the wire, and the decoder of its reply. */
export interface WireRequest<T> {
  /** The operation, for messages. */
  readonly name: string;
  /** Length, xid (to be filled in), operation, record. */
  readonly frame: Buffer;
  /** Reads the reply's record. */
  readonly decode: (reader: JuteReader) => T;
  /** The result for a missing znode, where that is no error. */
  readonly ifNoNode?: T;
}

/** The offset of the xid in a frame. */
export const XID_OFFSET = 4;

const FLAGS: Readonly<Record<CreateMode, number>> = {
  persistent: CreateFlags.persistent,
  ephemeral: CreateFlags.ephemeral,
  'persistent-sequential': CreateFlags.sequential,
  'ephemeral-sequential': CreateFlags.ephemeralSequential,
  container: CreateFlags.container,
};

/** The bytes of a request besides its path and data, roughly. */
const OVERHEAD = 64;

type Reply<R> = Pick<Codec<R>, 'read'>;

/** @param size of the path and the data, roughly, so that the buffer seldom has to grow */
function request<T, R, U = R>(
  op: Operation,
  size: number,
  codec: Codec<T>,
  value: T,
  reply: Reply<R>,
  convert?: (reply: R) => U,
): WireRequest<U> {
  const frame = new JuteWriter(OVERHEAD + size).frame((writer) => {
    message.requestHeaderRecord.write(writer, { xid: 0, op: OpCode[op] });
    codec.write(writer, value);
  }).bytes;
  const decode = convert ? (reader: JuteReader) => convert(reply.read(reader)) : reply.read;
  return { name: op === 'getChildren2' ? 'getChildren' : op, frame, decode: decode as (reader: JuteReader) => U };
}

const noReply: Codec<void> = nothing;

export function existsRequest(path: string, watch: boolean): WireRequest<Stat | null> {
  const body = { path, watch };
  const wire = request(
    'exists',
    path.length,
    message.pathAndWatchRecord,
    body,
    message.statOnlyRecord,
    ({ stat }): Stat | null => stat,
  );
  return { ...wire, ifNoNode: null };
}

/** Null data reads as an empty Buffer: `null` means a missing znode. */
const dataAndStat: Reply<DataAndStat> = {
  read: (reader) => ({ data: reader.buffer() ?? Buffer.alloc(0), stat: statRecord.read(reader) }),
};

export function getDataRequest(path: string, watch: boolean): WireRequest<DataAndStat> {
  return request('getData', path.length, message.pathAndWatchRecord, { path, watch }, dataAndStat);
}

export function getChildrenRequest(path: string, watch: boolean): WireRequest<ChildrenAndStat> {
  return request(
    'getChildren2',
    path.length,
    message.pathAndWatchRecord,
    { path, watch },
    message.childrenAndStatRecord,
  );
}

export function createRequest(path: string, data: Buffer, acl: readonly Acl[], mode: CreateMode): WireRequest<string> {
  const body = { path, data, acl: [...acl], flags: FLAGS[mode] };
  return request(
    createOp(mode),
    OVERHEAD + path.length + data.length,
    message.createRecord,
    body,
    message.pathOnlyRecord,
    ({ path }) => path,
  );
}

/** The operation makes a znode a container, not the flag. */
function createOp(mode: CreateMode): 'create' | 'createContainer' {
  return mode === 'container' ? 'createContainer' : 'create';
}

export function setDataRequest(path: string, data: Buffer, version: number): WireRequest<Stat> {
  const body = { path, data, version };
  return request(
    'setData',
    path.length + data.length,
    message.setDataRecord,
    body,
    message.statOnlyRecord,
    ({ stat }) => stat,
  );
}

export function deleteRequest(path: string, version: number): WireRequest<void> {
  return request('delete', path.length, message.pathAndVersionRecord, { path, version }, noReply);
}

export function getAclRequest(path: string): WireRequest<{ acl: Acl[]; stat: Stat }> {
  return request('getAcl', path.length, message.pathOnlyRecord, { path }, message.aclAndStatRecord);
}

export function setAclRequest(path: string, acl: readonly Acl[], version: number): WireRequest<Stat> {
  const body = { path, acl: [...acl], version };
  return request('setAcl', path.length, message.setAclRecord, body, message.statOnlyRecord, ({ stat }) => stat);
}

export function syncRequest(path: string): WireRequest<void> {
  return request('sync', path.length, message.pathOnlyRecord, { path }, noReply);
}

/** The numbers of RemoveWatches for the types of watches. */
const WATCH_TYPES = { child: 1, data: 2 } as const;

export function removeWatchesRequest(path: string, kind: keyof typeof WATCH_TYPES): WireRequest<void> {
  return request('removeWatches', path.length, message.pathAndTypeRecord, { path, type: WATCH_TYPES[kind] }, noReply);
}

export function closeSessionRequest(): WireRequest<void> {
  return request('closeSession', 0, nothing, undefined, noReply);
}

/** The one-shot watches of a session, by what they are armed for. */
export interface WatchedPaths {
  readonly data: string[];
  readonly exist: string[];
  readonly child: string[];
}

/** Arms watches again; for a znode that has changed since `relativeZxid` the server sends the event at once instead. */
export function setWatchesRequest(relativeZxid: bigint, paths: WatchedPaths): WireRequest<void> {
  return request('setWatches', 64 * 1024, message.setWatchesRecord, { relativeZxid, ...paths }, noReply);
}

/** One operation of a transaction. */
export type TransactionOperation =
  | { readonly type: 'create'; path: string; data: Buffer; acl: readonly Acl[]; mode: CreateMode }
  | { readonly type: 'setData'; path: string; data: Buffer; version: number }
  | { readonly type: 'delete'; path: string; version: number }
  | { readonly type: 'check'; path: string; version: number };

/** The outcome of one operation of a transaction. An `error` of 0: undone because of another operation. */
export type TransactionOutcome =
  | { readonly type: 'create'; path: string }
  | { readonly type: 'setData'; stat: Stat }
  | { readonly type: 'delete' }
  | { readonly type: 'check' }
  | { readonly type: 'error'; error: number };

export function multiRequest(operations: readonly TransactionOperation[]): WireRequest<TransactionOutcome[]> {
  return request('multi', 1024, multiRecord, operations.map(toMultiOperation), multiResponseRecord, (outcomes) =>
    outcomes.map(({ op, ...rest }) => ({ type: op === 'create2' ? 'create' : op, ...rest }) as TransactionOutcome),
  );
}

function toMultiOperation(operation: TransactionOperation): MultiOperation {
  if (operation.type !== 'create') {
    const { type: op, ...rest } = operation;
    return { op, ...rest } as MultiOperation;
  }
  const { path, data, acl, mode } = operation;
  return { op: createOp(mode), path, data, acl: [...acl], flags: FLAGS[mode] };
}
