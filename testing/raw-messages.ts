import { type Codec, type Decoded, nothing } from '../lib/protocol/codec.js';
import { JuteReader, JuteWriter } from '../lib/protocol/jute.js';
import {
  aclAndStat,
  childrenAndStat,
  childrenOnly,
  createRequest,
  createTtlRequest,
  dataAndStat,
  errorOnly,
  pathAndMode,
  pathAndStat,
  pathAndType,
  pathAndVersion,
  pathAndWatch,
  pathOnly,
  setAclRequest,
  setDataRequest,
  setWatches,
  setWatches2,
  statOnly,
  totalOnly,
  whoAmIResponse,
} from '../lib/protocol/messages.js';
import { multiRequest, multiResponse } from '../lib/protocol/multi.js';
import { OpCode } from '../lib/protocol/op-code.js';

/** The record that each request carries. */
export const REQUESTS = {
  create: createRequest,
  create2: createRequest,
  createContainer: createRequest,
  createTtl: createTtlRequest,
  delete: pathAndVersion,
  exists: pathAndWatch,
  getData: pathAndWatch,
  setData: setDataRequest,
  getAcl: pathOnly,
  setAcl: setAclRequest,
  getChildren: pathAndWatch,
  getChildren2: pathAndWatch,
  sync: pathOnly,
  ping: nothing,
  check: pathAndVersion,
  multi: multiRequest,
  multiRead: multiRequest,
  checkWatches: pathAndType,
  removeWatches: pathAndType,
  setWatches,
  setWatches2,
  getEphemerals: pathOnly,
  getAllChildrenNumber: pathOnly,
  addWatch: pathAndMode,
  whoAmI: nothing,
  closeSession: nothing,
} as const;

export type RequestName = keyof typeof REQUESTS;
export type RequestRecord<N extends RequestName> = Decoded<(typeof REQUESTS)[N]>;

/** The request with this number, if its reply can be read. */
export function nameOf(op: number): RequestName | undefined {
  const names = Object.keys(REQUESTS) as RequestName[];
  return names.find((name) => OpCode[name] === op);
}

/** The record that each reply carries; those that are not here carry none. */
const REPLIES: Partial<Record<RequestName, Codec<unknown>>> = {
  create: pathOnly,
  create2: pathAndStat,
  createContainer: pathAndStat,
  createTtl: pathAndStat,
  exists: statOnly,
  getData: dataAndStat,
  setData: statOnly,
  getAcl: aclAndStat,
  setAcl: statOnly,
  getChildren: childrenOnly,
  getChildren2: childrenAndStat,
  sync: pathOnly,
  multi: multiResponse as Codec<unknown>,
  multiRead: multiResponse as Codec<unknown>,
  getEphemerals: childrenOnly,
  getAllChildrenNumber: totalOnly,
  addWatch: errorOnly,
  whoAmI: whoAmIResponse,
};

/** The record behind a reply's header; `null` for none. Throws unless it is exactly the expected record. */
export function readReply(name: RequestName | undefined, bytes: Buffer): unknown {
  if (bytes.length === 0) return null;
  const codec = name && REPLIES[name];
  if (!codec) throw new Error(`A reply to ${name ?? 'an unknown operation'} with a record: ${bytes.toString('hex')}`);
  return readWhole(codec, bytes);
}

/** Reads a record that must fill the bytes, and must be written again as the same bytes. */
export function readWhole<T>(codec: Codec<T>, bytes: Buffer): T {
  const value = codec.read(new JuteReader(bytes));
  const writer = new JuteWriter();
  codec.write(writer, value);
  if (!writer.bytes.equals(bytes)) {
    throw new Error(`Received ${bytes.toString('hex')}, which is not the record ${writer.bytes.toString('hex')}`);
  }
  return value;
}
