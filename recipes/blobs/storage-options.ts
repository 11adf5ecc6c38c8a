import type { Acl } from '../../lib/core/coordination-client.js';
import { OPEN_ACL } from '../../lib/core/open-acl.js';
import { validatePath } from '../../lib/core/paths.js';
import type { TransactionalClient } from '../../lib/core/transactional-client.js';
import {
  invalid,
  invalidSecret,
  validateBoolean,
  validateMilliseconds,
  validateOptions,
} from '../../lib/core/validation.js';
import { toAcl } from '../../lib/core/znode-arguments.js';
import { validateClient } from '../delivering/index.js';
import { BLOBS } from './limits.js';

/** Options of a {@link BlobStorage}. */
export interface BlobStorageOptions {
  /** The znode below which everything is kept; it is made with the first blob. Default `/blobs`. */
  root?: string | undefined;
  /** Bytes of a chunk, up to 1,000,000. Default 524,288. Each blob is read with the size that it was written with. */
  chunkSize?: number | undefined;
  /** A blob of so many bytes or fewer is kept in its manifest, up to 900,000. Default 65,536. */
  inlineLimit?: number | undefined;
  /** Bytes of the largest blob. Default 16,777,216 (16 MiB). */
  maxBlobSize?: number | undefined;
  /** How long a generation can be read after it was replaced or deleted, in ms. Default 60,000. */
  grace?: number | undefined;
  /** The access control list of all znodes. Default: everybody may do everything. */
  acl?: readonly Acl[] | undefined;
  /** Whether each read shows every write that was answered before it. Default `false`: a follower may lag behind. */
  sync?: boolean | undefined;
}

/** The options with every value. */
export interface StorageOptions {
  readonly root: string;
  readonly chunkSize: number;
  readonly inlineLimit: number;
  readonly maxBlobSize: number;
  readonly grace: number;
  readonly acl: readonly Acl[];
  readonly sync: boolean;
}

const KEYS = [
  'root',
  'chunkSize',
  'inlineLimit',
  'maxBlobSize',
  'grace',
  'acl',
  'sync',
] as const satisfies (keyof BlobStorageOptions)[];

/** Completes the options. Throws when a value is not valid. */
export function completeStorageOptions(options: BlobStorageOptions | undefined): StorageOptions {
  validateOptions('options', options, KEYS);
  const { root = '/blobs', chunkSize = BLOBS.chunkSize, inlineLimit = BLOBS.inlineLimit } = options ?? {};
  const { maxBlobSize = BLOBS.maxBlobSize, grace = BLOBS.grace, acl = OPEN_ACL, sync = false } = options ?? {};
  validatePath(root);
  validateSize('chunkSize', chunkSize, 1, BLOBS.largestChunk);
  validateSize('inlineLimit', inlineLimit, 0, BLOBS.largestInline);
  validateSize('maxBlobSize', maxBlobSize, 0, Number.MAX_SAFE_INTEGER);
  validateMilliseconds('grace', grace, 0);
  validateBoolean('sync', sync);
  return { root, chunkSize, inlineLimit, maxBlobSize, grace, acl: toAcl(acl), sync };
}

/** Throws unless the client can carry a storage. */
export function validateTransactionalClient(client: unknown): asserts client is TransactionalClient {
  validateClient(client);
  if (typeof (client as Partial<TransactionalClient>).transaction !== 'function')
    throw invalidSecret('client', client, 'a client with transaction(), such as a ZooKeeperClient');
}

function validateSize(name: string, value: unknown, least: number, most: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return;
  throw invalid(name, value, `a whole number of bytes from ${least} to ${most}`);
}
