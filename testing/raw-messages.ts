import { type Codec, type Decoded, nothing } from '../lib/protocol/codec.js';
import { JuteReader, JuteWriter } from '../lib/protocol/jute.js';
import {
  aclAndStatRecord,
  childrenOnlyRecord,
  createRecord,
  createTtlRecord,
  dataAndStatRecord,
  errorOnlyRecord,
  pathAndModeRecord,
  pathAndStatRecord,
  pathAndTypeRecord,
  pathAndVersionRecord,
  pathAndWatchRecord,
  pathOnlyRecord,
  saslRecord,
  setAclRecord,
  setDataRecord,
  setWatches2Record,
  setWatchesRecord,
  statOnlyRecord,
  whoAmIResponseRecord,
} from '../lib/protocol/messages.js';
import { multiRecord, multiResponseRecord } from '../lib/protocol/multi.js';
import { OpCode } from '../lib/protocol/op-code.js';
import { childrenAndStatRecord, totalOnlyRecord } from '../lib/protocol/server-messages.js';

/** The record that each request carries. */
export const REQUESTS = {
  create: createRecord,
  create2: createRecord,
  createContainer: createRecord,
  createTtl: createTtlRecord,
  delete: pathAndVersionRecord,
  exists: pathAndWatchRecord,
  getData: pathAndWatchRecord,
  setData: setDataRecord,
  getAcl: pathOnlyRecord,
  setAcl: setAclRecord,
  getChildren: pathAndWatchRecord,
  getChildren2: pathAndWatchRecord,
  sync: pathOnlyRecord,
  ping: nothing,
  check: pathAndVersionRecord,
  multi: multiRecord,
  multiRead: multiRecord,
  checkWatches: pathAndTypeRecord,
  removeWatches: pathAndTypeRecord,
  setWatches: setWatchesRecord,
  setWatches2: setWatches2Record,
  getEphemerals: pathOnlyRecord,
  getAllChildrenNumber: pathOnlyRecord,
  addWatch: pathAndModeRecord,
  whoAmI: nothing,
  sasl: saslRecord,
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
  create: pathOnlyRecord,
  create2: pathAndStatRecord,
  createContainer: pathAndStatRecord,
  createTtl: pathAndStatRecord,
  exists: statOnlyRecord,
  getData: dataAndStatRecord,
  setData: statOnlyRecord,
  getAcl: aclAndStatRecord,
  setAcl: statOnlyRecord,
  getChildren: childrenOnlyRecord,
  getChildren2: childrenAndStatRecord,
  sync: pathOnlyRecord,
  multi: multiResponseRecord as Codec<unknown>,
  multiRead: multiResponseRecord as Codec<unknown>,
  getEphemerals: childrenOnlyRecord,
  getAllChildrenNumber: totalOnlyRecord,
  addWatch: errorOnlyRecord,
  whoAmI: whoAmIResponseRecord,
  sasl: saslRecord,
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
