import { ACL, Id } from 'node-zookeeper-client';
import type { Acl, CreateMode, CreateOptions, Stat } from '../core/coordination-client.js';
import { type ErrorCode, makeError, ZooKeeperError } from '../core/errors.js';
import { FrozenStat } from '../core/frozen-stat.js';
import { missingParent } from '../core/missing-parent.js';
import { validatePath } from '../core/paths.js';
import { reasonOf } from '../core/reason.js';
import { invalid, invalidWord, validateOptions } from '../core/validation.js';
import {
  type CompleteCreateOptions,
  requestTooLarge,
  toCreation as toCompleteCreation,
} from '../core/znode-arguments.js';
import type { NodeZooKeeperStat } from './wrapped-client.js';

/** The errors of node-zookeeper-client by their numbers. */
const CODES = {
  [-1]: 'SYSTEM_ERROR',
  [-2]: 'RUNTIME_INCONSISTENCY',
  [-3]: 'DATA_INCONSISTENCY',
  [-4]: 'CONNECTION_LOSS',
  [-5]: 'MARSHALLING_ERROR',
  [-6]: 'UNIMPLEMENTED',
  [-7]: 'OPERATION_TIMEOUT',
  [-8]: 'BAD_ARGUMENTS',
  [-100]: 'API_ERROR',
  [-101]: 'NO_NODE',
  [-102]: 'NO_AUTH',
  [-103]: 'BAD_VERSION',
  [-108]: 'NO_CHILDREN_FOR_EPHEMERALS',
  [-110]: 'NODE_EXISTS',
  [-111]: 'NOT_EMPTY',
  [-112]: 'SESSION_EXPIRED',
  [-113]: 'INVALID_CALLBACK',
  [-114]: 'INVALID_ACL',
  [-115]: 'AUTH_FAILED',
} as const;

declare module '../core/zookeeper-error.js' {
  interface ErrorCodes {
    /** The codes of node-zookeeper-client's exceptions. */
    nodeZooKeeperClient: (typeof CODES)[keyof typeof CODES];
  }
}

/** The numbers of the create modes that node-zookeeper-client can ask for. */
const MODES: Partial<Record<CreateMode, number>> = {
  persistent: 0,
  ephemeral: 1,
  'persistent-sequential': 2,
  'ephemeral-sequential': 3,
};

/** The package refuses an ACL without permissions. */
const LEAST_PERMS = 1;

/** The number of the package's exception for a connection that has ended. */
export const CONNECTION_LOSS = -4;
/** The number of the result of an operation that was undone because of another one. */
export const UNDONE = -2;

/** A typed error for the package's exception, or for whatever else it threw. */
export function toError(error: unknown, operation: string, path: string): ZooKeeperError {
  if (error instanceof ZooKeeperError) return error;
  const number = (error as { code?: unknown } | null)?.code;
  if (typeof number === 'number') return errorOf(number, operation, path);
  const message = `${operation} ${path}: node-zookeeper-client threw: ${reasonOf(error)}`;
  return new ZooKeeperError('UNKNOWN', message, { path, cause: error });
}

/** The error for a number that the server, or the package in its place, has answered with. */
export function errorOf(number: number, operation: string, path: string, isOfTransaction = false): ZooKeeperError {
  const code: ErrorCode = (CODES as Record<number, ErrorCode>)[number] ?? 'UNKNOWN';
  // Connection loss and session expiry are no answers of a server.
  const ofServer = code === 'CONNECTION_LOSS' || code === 'SESSION_EXPIRED' ? {} : { serverCode: number };
  const retryable = code === 'OPERATION_TIMEOUT' ? { retryable: true } : {};
  const hint = code === 'NO_NODE' && operation === 'create' ? `: ${missingParent(path, isOfTransaction)}` : '';
  return makeError(code, `${operation} ${path}: ${code}${hint}`, { path, ...ofServer, ...retryable });
}

export function toStat(stat: NodeZooKeeperStat): Stat {
  return new FrozenStat({
    czxid: stat.czxid.readBigInt64BE(),
    mzxid: stat.mzxid.readBigInt64BE(),
    pzxid: stat.pzxid.readBigInt64BE(),
    ctime: Number(stat.ctime.readBigInt64BE()),
    mtime: Number(stat.mtime.readBigInt64BE()),
    version: stat.version,
    cversion: stat.cversion,
    aversion: stat.aversion,
    ephemeralOwner: stat.ephemeralOwner.readBigInt64BE(),
    dataLength: stat.dataLength,
    numChildren: stat.numChildren,
  });
}

/** Checks a path together with the options that it is created with. */
export function toCreation(path: unknown, options: CreateOptions | undefined): CompleteCreateOptions {
  validateOptions('options', options, ['mode', 'acl', 'makePath']);
  const creation = toCompleteCreation(path, options);
  validatePath(path);
  // Its request would create a persistent znode.
  if (MODES[creation.mode] === undefined) throw invalidWord('mode', creation.mode, Object.keys(MODES));
  const refused = creation.acl.find(({ perms }) => perms < LEAST_PERMS);
  if (refused) throw invalid('acl perms', refused.perms, 'a whole number from 1 to 31');
  return creation;
}

/** The package's number of a mode that {@link toCreation} has let through. */
export function toWrappedMode(mode: CreateMode): number {
  return MODES[mode] ?? 0;
}

export function toWrappedAcl(acl: readonly Acl[]): ACL[] {
  return acl.map(({ perms, scheme, id }) => new ACL(perms, new Id(scheme, id)));
}

/** The bytes of a request besides its header of 8: strings and data have their lengths before them. */
export function sizeOf(absolute: string, data?: Buffer, acl?: readonly Acl[]): number {
  const ofAcl = acl?.map(({ scheme, id }) => 12 + Buffer.byteLength(scheme) + Buffer.byteLength(id)) ?? [];
  const ofData = data ? 4 + data.length : 0;
  // The largest of a version, flags and a count, and the byte of the watch.
  return ofAcl.reduce((sum, size) => sum + size, 4 + Buffer.byteLength(absolute) + ofData + (acl ? 8 : 4));
}

/** Refuses a request that would make the server close the connection. */
export function validateSize(size: number, most: number, name: string, path: string): void {
  if (size > most) throw requestTooLarge(name, path, size, most);
}
