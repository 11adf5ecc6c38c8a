import type { Acl } from '../../core/coordination-client.js';
import { flawOf } from '../../core/paths.js';
import type { Decoded } from '../../protocol/codec.js';
import { CreateFlags } from '../../protocol/create-flags.js';
import type { createTtlRecord, pathAndVersionRecord, setAclRecord, setDataRecord } from '../../protocol/messages.js';
import { ServerCode } from '../../protocol/server-code.js';
import { type Identity, isAllowed, Permission, toStoredAcl } from '../tree/acl.js';
import type { Txn } from '../tree/txn.js';
import { CONTAINER_OWNER, LONGEST_TTL, ownershipOf, ttlOwner } from '../tree/znode.js';

/** The fields of a znode that decide whether a change is possible. */
export interface ZnodeState {
  readonly acl: readonly Acl[];
  readonly version: number;
  readonly aversion: number;
  readonly creations: number;
  readonly numChildren: number;
  readonly ephemeralOwner: bigint;
}

/** The znodes as they are once everything prepared before is applied. */
export interface TreeView {
  get(path: string): ZnodeState | undefined;
}

/** The session and the identities behind a request. */
export interface Requester {
  readonly sessionId: bigint;
  readonly identities: readonly Identity[];
  /** The server's schemes in addition to those of every ZooKeeper. Default: none. */
  readonly schemes?: ReadonlySet<string>;
}

/** The transaction that a request becomes, or the number of the error that refuses it. */
export type Prepared = Txn | number;

/** The operations that create. */
export type CreateOperation = 'create' | 'create2' | 'createContainer' | 'createTtl';

interface Mode {
  readonly ephemeral?: true;
  readonly sequential?: true;
  readonly ttl?: true;
}

const MODES = new Map<number, Mode>([
  [CreateFlags.persistent, {}],
  [CreateFlags.ephemeral, { ephemeral: true }],
  [CreateFlags.sequential, { sequential: true }],
  [CreateFlags.ephemeralSequential, { ephemeral: true, sequential: true }],
  // A container is made by the operation, not by the flag.
  [CreateFlags.container, {}],
  [CreateFlags.ttl, { ttl: true }],
  [CreateFlags.ttlSequential, { ttl: true, sequential: true }],
]);

/** The znodes that every server has. */
const UNDELETABLE: ReadonlySet<string> = new Set(['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config']);

const ANY_VERSION = -1;

export function prepareCreate(
  op: CreateOperation,
  request: Decoded<typeof createTtlRecord>,
  view: TreeView,
  { sessionId, identities, schemes }: Requester,
): Prepared {
  const { data, flags, ttl } = request;
  const mode = MODES.get(flags);
  if (!mode) return ServerCode.BAD_ARGUMENTS;
  if (mode.ttl || op === 'createTtl' ? ttl <= 0n || ttl > LONGEST_TTL || !mode.ttl : ttl >= 0n) {
    return ServerCode.BAD_ARGUMENTS;
  }
  const parentPath = parentPathOf(request.path);
  if (parentPath === null) return ServerCode.BAD_ARGUMENTS;
  const acl = toStoredAcl(request.acl, identities, schemes);
  if (!acl) return ServerCode.INVALID_ACL;
  const parent = view.get(parentPath);
  if (!parent) return ServerCode.NO_NODE;
  if (!isAllowed(parent.acl, Permission.create, identities)) return ServerCode.NO_AUTH;
  const path = mode.sequential ? request.path + sequenceOf(parent.creations) : request.path;
  if (flawOf(path) !== null) return ServerCode.BAD_ARGUMENTS;
  if (view.get(path)) return ServerCode.NODE_EXISTS;
  if (ownershipOf(parent.ephemeralOwner) === 'ephemeral') return ServerCode.NO_CHILDREN_FOR_EPHEMERALS;
  const ephemeralOwner = ownerOf(op, mode, sessionId, ttl);
  return { type: 'create', path, data, acl, ephemeralOwner, creations: next(parent.creations) };
}

function ownerOf(op: CreateOperation, mode: Mode, sessionId: bigint, ttl: bigint): bigint {
  if (op === 'createContainer') return CONTAINER_OWNER;
  if (op === 'createTtl') return ttlOwner(ttl);
  return mode.ephemeral ? sessionId : 0n;
}

/** Ten digits. A counter that has overflowed takes a minus sign in place of the first. */
function sequenceOf(creations: number): string {
  return creations < 0 ? `-${String(-creations).padStart(9, '0')}` : String(creations).padStart(10, '0');
}

export function prepareDelete(
  { path, version }: Decoded<typeof pathAndVersionRecord>,
  view: TreeView,
  { identities }: Requester,
): Prepared {
  const parentPath = parentPathOf(path);
  if (parentPath === null || UNDELETABLE.has(path)) return ServerCode.BAD_ARGUMENTS;
  const parent = view.get(parentPath);
  if (!parent) return ServerCode.NO_NODE;
  if (!isAllowed(parent.acl, Permission.delete, identities)) return ServerCode.NO_AUTH;
  const znode = view.get(path);
  if (!znode) return ServerCode.NO_NODE;
  if (!isVersion(version, znode.version)) return ServerCode.BAD_VERSION;
  if (znode.numChildren > 0) return ServerCode.NOT_EMPTY;
  return { type: 'delete', path };
}

export function prepareSetData(
  { path, data, version }: Decoded<typeof setDataRecord>,
  view: TreeView,
  { identities }: Requester,
): Prepared {
  const znode = find(path, view);
  if (typeof znode === 'number') return znode;
  if (!isAllowed(znode.acl, Permission.write, identities)) return ServerCode.NO_AUTH;
  if (!isVersion(version, znode.version)) return ServerCode.BAD_VERSION;
  return { type: 'setData', path, data, version: next(znode.version) };
}

export function prepareSetAcl(
  { path, acl: asked, version }: Decoded<typeof setAclRecord>,
  view: TreeView,
  { identities, schemes }: Requester,
): Prepared {
  if (flawOf(path) !== null) return ServerCode.BAD_ARGUMENTS;
  const acl = toStoredAcl(asked, identities, schemes);
  if (!acl) return ServerCode.INVALID_ACL;
  const znode = view.get(path);
  if (!znode) return ServerCode.NO_NODE;
  if (!isAllowed(znode.acl, Permission.admin, identities)) return ServerCode.NO_AUTH;
  if (!isVersion(version, znode.aversion)) return ServerCode.BAD_VERSION;
  return { type: 'setAcl', path, acl, version: next(znode.aversion) };
}

export function prepareCheck(
  { path, version }: Decoded<typeof pathAndVersionRecord>,
  view: TreeView,
  { identities }: Requester,
): Prepared {
  const znode = find(path, view);
  if (typeof znode === 'number') return znode;
  if (!isAllowed(znode.acl, Permission.read, identities)) return ServerCode.NO_AUTH;
  if (!isVersion(version, znode.version)) return ServerCode.BAD_VERSION;
  return { type: 'check', path };
}

function find(path: string, view: TreeView): ZnodeState | number {
  if (flawOf(path) !== null) return ServerCode.BAD_ARGUMENTS;
  return view.get(path) ?? ServerCode.NO_NODE;
}

function isVersion(expected: number, actual: number): boolean {
  return expected === ANY_VERSION || expected === actual;
}

/** Versions and counters wrap like Java's integers. */
function next(version: number): number {
  return (version + 1) | 0;
}

/** The text before the last slash, empty for the root. `null` without a slash, or with a NUL, which no path has. */
function parentPathOf(path: string): string | null {
  const slash = path.lastIndexOf('/');
  return slash < 0 || path.includes('\0') ? null : path.slice(0, slash);
}
