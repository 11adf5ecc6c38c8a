import type { Acl, ChildrenAndStat, CreateMode, DataAndStat, Stat } from '../core/coordination-client.js';
import type { TransactionOperation } from '../core/transaction.js';
import { type Codec, nothing } from './codec.js';
import { CreateFlags } from './create-flags.js';
import { type JuteReader, JuteWriter } from './jute.js';
import * as message from './messages.js';
import { type MultiOperation, multiRecord } from './multi.js';
import { OpCode, type Operation } from './op-code.js';
import { type ReadOutcomes, type ReadParts, readOutcomesOf } from './read-outcomes.js';
import * as reply from './replies.js';
import { expectationOf, outcomesOf, type TransactionOutcome } from './transaction-outcomes.js';
import { AddWatchMode, WatcherType } from './watch-types.js';

/** A request on the wire, and the decoder of its reply. */
export interface WireRequest<T> {
  /** The operation, for messages. */
  readonly name: string;
  /** Length, xid (to be filled in), operation, record. */
  readonly frame: Buffer;
  /** Reads the reply's record. @throws MalformedRecordError for one that cannot be the reply to this request */
  readonly decode: (reader: JuteReader) => T;
  /** The result for a missing znode, where that is no error. */
  readonly ifNoNode?: T;
}

/** The offset of the xid in a frame. */
export const XID_OFFSET = 4;

/** The offset of the record. */
export const RECORD_OFFSET = 12;

const FLAGS: Readonly<Record<CreateMode, number>> = {
  persistent: CreateFlags.persistent,
  ephemeral: CreateFlags.ephemeral,
  'persistent-sequential': CreateFlags.sequential,
  'ephemeral-sequential': CreateFlags.ephemeralSequential,
  container: CreateFlags.container,
};

/** The bytes of a request besides its path and data, roughly. */
const OVERHEAD = 64;

/** @param size of the path and the data, roughly, so that the buffer seldom has to grow */
function request<T, R>(
  op: Operation,
  size: number,
  codec: Codec<T>,
  value: T,
  decode: (reader: JuteReader) => R,
): WireRequest<R> {
  const frame = new JuteWriter(OVERHEAD + size).frame((writer) => {
    message.requestHeaderRecord.write(writer, { xid: 0, op: OpCode[op] });
    codec.write(writer, value);
  }).bytes;
  return { name: op === 'getChildren2' ? 'getChildren' : op, frame, decode };
}

const noReply = (): void => {};

/** Requests a znode's stat, perhaps with more. */
function read<R>(op: Operation, path: string, watch: boolean, decode: (reader: JuteReader) => R): WireRequest<R> {
  return request(op, path.length, message.pathAndWatchRecord, { path, watch }, decoderFor(path, decode));
}

function decoderFor<R>(path: string, decode: (reader: JuteReader) => R): (reader: JuteReader) => R {
  if (path !== reply.CONFIGURATION) return decode;
  return (reader) => {
    reader.forgetNewest();
    return decode(reader);
  };
}

export function existsRequest(path: string, watch: boolean): WireRequest<Stat | null> {
  const { name, frame, decode } = read<Stat | null>('exists', path, watch, reply.stat);
  return { name, frame, decode, ifNoNode: null };
}

export function getDataRequest(path: string, watch: boolean): WireRequest<DataAndStat> {
  return read('getData', path, watch, reply.dataAndStat);
}

export function getChildrenRequest(path: string, watch: boolean): WireRequest<ChildrenAndStat> {
  return read('getChildren2', path, watch, reply.childrenAndStat);
}

/** @param ttl in ms; only for persistent znodes */
export function createRequest(
  path: string,
  data: Buffer,
  acl: readonly Acl[],
  mode: CreateMode,
  ttl?: number,
): WireRequest<string> {
  const operation = toCreateOperation({ path, data, acl, mode, ttl });
  const size = OVERHEAD + path.length + data.length;
  const decode = (reader: JuteReader): string => reply.createdPath(reader, path, mode);
  if (operation.op === 'createTtl') return request('createTtl', size, message.createTtlRecord, operation, decode);
  return request(operation.op, size, message.createRecord, operation, decode);
}

type Creation = Omit<Extract<TransactionOperation, { type: 'create' }>, 'type'>;
type CreateOperation = Extract<MultiOperation, { flags: number }>;

/** The operation makes a znode a container, or gives it its time, not the flags. */
function toCreateOperation({ path, data, acl, mode, ttl }: Creation): CreateOperation {
  const body = { path, data, acl: [...acl] };
  if (ttl !== undefined) {
    const flags = mode === 'persistent' ? CreateFlags.ttl : CreateFlags.ttlSequential;
    return { op: 'createTtl', ...body, flags, ttl: BigInt(ttl) };
  }
  return { op: mode === 'container' ? 'createContainer' : 'create', ...body, flags: FLAGS[mode] };
}

export function setDataRequest(path: string, data: Buffer, version: number): WireRequest<Stat> {
  const body = { path, data, version };
  const { length } = data;
  return request('setData', path.length + length, message.setDataRecord, body, (reader) =>
    reply.statOfData(reader, length),
  );
}

export function deleteRequest(path: string, version: number): WireRequest<void> {
  return request('delete', path.length, message.pathAndVersionRecord, { path, version }, noReply);
}

export function getAclRequest(path: string): WireRequest<{ acl: Acl[]; stat: Stat }> {
  return request('getAcl', path.length, message.pathOnlyRecord, { path }, decoderFor(path, reply.aclAndStat));
}

export function setAclRequest(path: string, acl: readonly Acl[], version: number): WireRequest<Stat> {
  const body = { path, acl: [...acl], version };
  return request('setAcl', path.length, message.setAclRecord, body, decoderFor(path, reply.stat));
}

export function syncRequest(path: string): WireRequest<void> {
  return request('sync', path.length, message.pathOnlyRecord, { path }, noReply);
}

export function removeWatchesRequest(path: string, kind: keyof typeof WatcherType): WireRequest<void> {
  return request('removeWatches', path.length, message.pathAndTypeRecord, { path, type: WatcherType[kind] }, noReply);
}

/** Adds a watch that stays until it is removed. */
export function addWatchRequest(path: string, mode: keyof typeof AddWatchMode): WireRequest<void> {
  return request('addWatch', path.length, message.pathAndModeRecord, { path, mode: AddWatchMode[mode] }, noReply);
}

export function whoAmIRequest(): WireRequest<{ scheme: string; id: string }[]> {
  return request('whoAmI', 0, nothing, undefined, (reader) =>
    message.whoAmIResponseRecord.read(reader).clientInfo.map(({ scheme, user }) => ({ scheme, id: user })),
  );
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

/** The watches of a session of every mode. Each path with a recursive watch has it for all znodes below, too. */
export interface AllWatchedPaths extends WatchedPaths {
  readonly persistent: string[];
  readonly persistentRecursive: string[];
}

/** The same with watches that stay. The server sends no event for what these have missed. */
export function setWatches2Request(relativeZxid: bigint, paths: AllWatchedPaths): WireRequest<void> {
  return request('setWatches2', 64 * 1024, message.setWatches2Record, { relativeZxid, ...paths }, noReply);
}

/** Reads data, stat and children of each znode. Arms no watch. Fast by hand: the paths are written as one text. */
export function multiReadRequest(paths: readonly string[], parts: ReadParts): WireRequest<ReadOutcomes> {
  const isAscii = !BEYOND_ASCII.test(paths.join(''));
  let reads = '';
  for (const path of paths) {
    const bytes = isAscii ? path : Buffer.from(path).toString('latin1');
    const { length } = bytes;
    const read = `${String.fromCharCode(length >> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff)}${bytes}\0`;
    reads += parts === 'all' ? `${GET_DATA}${read}${GET_CHILDREN}${read}` : `${GET_DATA}${read}`;
  }
  const frame = new JuteWriter(RECORD_OFFSET + reads.length + END_OF_READS.length).frame((writer) => {
    message.requestHeaderRecord.write(writer, { xid: 0, op: OpCode.multiRead });
    writer.latin1(reads).latin1(END_OF_READS);
  }).bytes;
  return { name: 'multiRead', frame, decode: (reader) => readOutcomesOf(reader, paths, parts) };
}

/** The bytes of the headers in a request of several reads, as text: the operation, whether it is the end, no error. */
const GET_DATA = headerOf(OpCode.getData, false);
const GET_CHILDREN = headerOf(OpCode.getChildren, false);
const END_OF_READS = headerOf(-1, true);

function headerOf(op: number, done: boolean): string {
  return new JuteWriter().int(op).boolean(done).int(-1).bytes.toString('latin1');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they belong to ASCII
const BEYOND_ASCII = /[^\u0000-\u007f]/;

export function multiRequest(operations: readonly TransactionOperation[]): WireRequest<TransactionOutcome[]> {
  const expected = operations.map(expectationOf);
  return request('multi', 1024, multiRecord, operations.map(toMultiOperation), (reader) =>
    outcomesOf(reader, expected),
  );
}

function toMultiOperation(operation: TransactionOperation): MultiOperation {
  if (operation.type !== 'create') {
    const { type: op, ...rest } = operation;
    return { op, ...rest } as MultiOperation;
  }
  return toCreateOperation(operation);
}
