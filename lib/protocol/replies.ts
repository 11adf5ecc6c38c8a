import type { ChildrenAndStat, CreateMode, DataAndStat, Stat } from '../core/coordination-client.js';
import { quote } from '../core/validation.js';
import { type Decoded, vector } from './codec.js';
import { type JuteReader, MalformedRecordError } from './jute.js';
import type { aclAndStatRecord } from './messages.js';
import { aclRecord, MZXID, PZXID, statRecord } from './records.js';

/**
 * The decoders of replies, as strict as a ZooKeeper server is truthful: a value that no server can mean is malformed,
 * because a client that believes it may wait for a change that never comes. Bytes behind a record are no fault: a newer
 * server may append fields, and a list that was cut short contradicts the stat behind it.
 */

/**
 * The mzxid of this znode is the version of the configuration, which its file may set to any number: it may be above
 * every transaction of the servers.
 */
export const CONFIGURATION = '/zookeeper/config';

const NAME_OF_NONE = new Set(['', '.', '..']);

/** The name of a sequential znode ends in the counter of its parent, which becomes negative after 2^31 children. */
const SEQUENCE_NUMBER = /^(\d{10}|-\d{9,10})$/;

const acls = vector(aclRecord);

/** Reads a stat. */
export function stat(reader: JuteReader): Stat {
  const start = reader.offset;
  const read = statRecord.read(reader);
  const isKnown = reader.isKnownZxid(start) && reader.isKnownZxid(start + MZXID) && reader.isKnownZxid(start + PZXID);
  if (!isKnown || read.dataLength < 0 || read.numChildren < 0) requirePlausibleStat(read, reader);
  return read;
}

/**
 * Throws for a transaction that is newer than the reply, and for negative numbers. A change before the creation is let
 * through: a server that replays its log over a snapshot may come to such a stat, and every read would fail.
 */
export function requirePlausibleStat(
  { czxid, mzxid, pzxid, dataLength, numChildren }: Stat,
  { newest }: JuteReader,
): void {
  for (const [name, zxid] of Object.entries({ czxid, mzxid, pzxid })) {
    if (zxid > newest) throw implausible(`a ${name} of ${zxid}, above the reply's own ${newest}`);
    if (zxid < 0n) throw implausible(`a ${name} of ${zxid}`);
  }
  if (dataLength < 0) throw implausible(`a dataLength of ${dataLength}`);
  if (numChildren < 0) throw implausible(`a numChildren of ${numChildren}`);
}

/** Reads a stat of data with this length. */
export function statOfData(reader: JuteReader, length: number): Stat {
  const read = stat(reader);
  requireDataLength(read, length);
  return read;
}

/** Throws for the stat of other data. */
export function requireDataLength({ dataLength }: Stat, length: number): void {
  if (dataLength !== length) throw implausible(`a dataLength of ${dataLength} for ${length} bytes of data`);
}

/** Null data reads as an empty Buffer: `null` means a missing znode. */
export function dataAndStat(reader: JuteReader): DataAndStat {
  const data = reader.buffer() ?? Buffer.alloc(0);
  return { data, stat: statOfData(reader, data.length) };
}

export function childrenAndStat(reader: JuteReader): ChildrenAndStat {
  const children = childNames(reader);
  const read = stat(reader);
  if (read.numChildren !== children.length) {
    throw implausible(`a numChildren of ${read.numChildren} for ${children.length} names`);
  }
  return { children, stat: read };
}

/** Names that occur twice are not searched for: that would cost as much as reading the list. */
export function childNames(reader: JuteReader): string[] {
  const start = reader.offset;
  const children = reader.vector(name, LEAST_NAME);
  // One search in the bytes is much faster than one in each name. A length field may have such bytes, too.
  const isSuspect = reader.hasRead(SLASH, start) || !reader.hasReadAscii(start);
  for (const each of children) if (isSuspect || each.length < 3) requireName(each);
  return children;
}

export function aclAndStat(reader: JuteReader): Decoded<typeof aclAndStatRecord> {
  return { acl: acls.read(reader), stat: stat(reader) };
}

/** Reads the path of a new znode, which is the one asked for, with a number behind it if it is sequential. */
export function createdPath(reader: JuteReader, asked: string, mode: CreateMode): string {
  const path = reader.requiredString();
  requireCreated(path, asked, mode);
  return path;
}

/** Throws unless a server that was asked for the one path can have created the other. */
export function requireCreated(path: string, asked: string, mode: CreateMode): void {
  const isPlausible = mode.endsWith('sequential')
    ? path.startsWith(asked) && SEQUENCE_NUMBER.test(path.slice(asked.length))
    : path === asked;
  if (!isPlausible) throw implausible(`the path ${quote(path)} for the creation of ${quote(asked)}`);
}

/** A length and one byte. */
const LEAST_NAME = 5;

const SLASH = 0x2f;
/** Takes the place of bytes that are not UTF-8. No znode's name may have it. */
const NOT_UTF8 = '\ufffd';

/** A null name reads as an empty one. */
const name = (reader: JuteReader): string => reader.string();

function requireName(child: string): void {
  if (child.includes('/') || child.includes(NOT_UTF8) || NAME_OF_NONE.has(child))
    throw implausible(`a child named ${quote(child)}`);
}

/** The error for a reply that no server would send. */
export function implausible(what: string): MalformedRecordError {
  return new MalformedRecordError(`it has ${what}`);
}
