import type { Acl } from '../core/coordination-client.js';
import { InvalidArgumentError, NodeExistsError, NoNodeError, NotEmptyError } from '../core/errors.js';
import { CLIENT } from '../core/limits.js';
import { OPEN_ACL } from '../core/open-acl.js';
import { childOf, parentOf } from '../core/paths.js';
import {
  createRequest,
  deleteRequest,
  existsRequest,
  getChildrenRequest,
  type WireRequest,
} from '../protocol/requests.js';
import type { Chroot } from './chroot.js';

/** The operations of a client that work on whole branches needs. */
export interface BranchOperations {
  readonly chroot: Chroot;
  read<T>(wire: WireRequest<T>, path: string): Promise<T>;
  write<T>(wire: WireRequest<T>, path: string): Promise<T>;
  retry<T>(operation: () => Promise<T>): Promise<T>;
}

/** Creates the missing znodes of a path, the chroot included. */
export async function ensurePath(
  client: BranchOperations,
  path: string,
  acl: readonly Acl[] = OPEN_ACL,
): Promise<void> {
  await again(NoNodeError, () => client.retry(() => ensure(client, client.chroot.absolute(path), acl)));
}

/** Creates a znode; when its parent is missing, creates its parents first. */
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
  await client.retry(() => remove(client, absolute));
}

async function ensure(client: BranchOperations, absolute: string, acl: readonly Acl[]): Promise<void> {
  const path = client.chroot.relative(absolute);
  if (await client.read(existsRequest(absolute, false), path)) return;
  const parent = parentOf(absolute);
  if (parent !== null) await ensure(client, parent, acl);
  await unless(NodeExistsError, client.write(createRequest(absolute, Buffer.alloc(0), acl, 'persistent'), path));
}

async function remove(client: BranchOperations, absolute: string): Promise<void> {
  const path = client.chroot.relative(absolute);
  await again(NotEmptyError, async () => {
    const found = await unless(NoNodeError, client.read(getChildrenRequest(absolute, false), path));
    if (!found) return;
    await Promise.all(found.children.map((name) => remove(client, childOf(absolute, name))));
    await unless(NoNodeError, client.write(deleteRequest(absolute, -1), path));
  });
}

type ErrorClass = abstract new (...args: never[]) => Error;

/** The result; undefined for the one error that means the same. */
async function unless<T>(expected: ErrorClass, result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof expected) return undefined;
    throw error;
  }
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
