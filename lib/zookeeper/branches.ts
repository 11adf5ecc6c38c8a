import type { Acl } from '../core/coordination-client.js';
import { InvalidArgumentError, NoAuthError, NodeExistsError, NoNodeError } from '../core/errors.js';
import { CLIENT } from '../core/limits.js';
import { OPEN_ACL } from '../core/open-acl.js';
import { parentOf } from '../core/paths.js';
import { createRequest, existsRequest } from '../protocol/requests.js';
import { BranchDeletion } from './branch-deletion.js';
import { type BranchOperations, type ErrorClass, unless } from './branch-operations.js';

/** Creates the missing znodes of an absolute path, the chroot included. */
export async function ensurePath(
  client: BranchOperations,
  absolute: string,
  acl: readonly Acl[] = OPEN_ACL,
): Promise<void> {
  await again(NoNodeError, () => client.retry(() => ensure(client, absolute, acl)));
}

/** Creates a znode; when its parent is missing, creates its parents first. @param parent absolute */
export function createWithParents(
  client: BranchOperations,
  parent: string,
  acl: readonly Acl[],
  create: () => Promise<string>,
): Promise<string> {
  return again(NoNodeError, create, () => ensurePath(client, parent, acl));
}

/** Deletes a znode and all below it. Resolves when there is none. */
export async function deleteBranch(client: BranchOperations, path: string): Promise<void> {
  const absolute = client.chroot.absolute(path);
  if (absolute === '/') throw new InvalidArgumentError('deleteRecursive("/") without a chroot would delete everything');
  await new BranchDeletion(client).run(absolute);
}

async function ensure(client: BranchOperations, absolute: string, acl: readonly Acl[]): Promise<void> {
  const path = client.chroot.relative(absolute);
  // Only of a znode that exists can a server say that it may not be read, as it does since ZooKeeper 3.8.4 and 3.9.2.
  if ((await unless(NoAuthError, client.read(existsRequest(absolute, false), path))) !== null) return;
  const parent = parentOf(absolute);
  if (parent !== null) await ensure(client, parent, acl);
  await unless(NodeExistsError, client.write(createRequest(absolute, Buffer.alloc(0), acl, 'persistent'), path));
}

/** Repeats an attempt while it fails with an error that another client can cause in between. */
async function again<T>(expected: ErrorClass, attempt: () => Promise<T>, prepare?: () => Promise<void>): Promise<T> {
  for (let round = 1; ; round += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof expected) || round === CLIENT.rivalRounds) throw error;
    }
    await prepare?.();
  }
}
