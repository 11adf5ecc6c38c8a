import type { BlobRegistry, BlobStore } from '../../../recipes/blobs/index.js';
import type { LastingTrouble } from '../../core/lasting-trouble.js';
import type { Authorize } from '../authorize.js';

/** Shared by the parts of a handler. */
export interface HandlerContext {
  readonly name: 'the blob handler';
  readonly storage: BlobStore | undefined;
  readonly registry: BlobRegistry | undefined;
  readonly writable: boolean;
  readonly authorize: Authorize | undefined;
  readonly maxWait: number;
  readonly maxWaiters: number;
  readonly inline: readonly string[];
  readonly trouble: LastingTrouble;
}
