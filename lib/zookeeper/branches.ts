import type { Acl } from '../core/coordination-client.js';
import { InvalidArgumentError, NodeExistsError, NoNodeError, NotEmptyError } from '../core/errors.js';
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

/** How often another client may undo what has just been done before its error is passed on. */
const ROUNDS = 10;

/** What work on whole branches needs of the client. */
export interface TreeOperations {
  readonly chroot: Chroot;
  read<T>(wire: WireRequest<T>, path: string): Promise<T>;
  write<T>(wire: WireRequest<T>, path: string): Promise<T>;
  retry<T>(operation: () => Promise<T>): Promise<T>;
}

/** Creates what is missing of a path, the chroot included. */
export async function ensurePath(tree: TreeOperations, path: string, acl: readonly Acl[] = OPEN_ACL): Promise<void> {
  await again(NoNodeError, () => tree.retry(() => ensure(tree, tree.chroot.absolute(path), acl)));
}

/** Creates the parents of a path when its own creation fails for want of them, and then the path. */
export function createWithParents(
  tree: TreeOperations,
  parent: string,
  acl: readonly Acl[],
  create: () => Promise<string>,
): Promise<string> {
  return again(NoNodeError, create, () => ensurePath(tree, parent, acl));
}

/** Deletes a branch; one that is not there is deleted already. */
export async function deleteTree(tree: TreeOperations, path: string): Promise<void> {
  const absolute = tree.chroot.absolute(path);
  if (absolute === '/') throw new InvalidArgumentError('deleteRecursive("/") without a chroot would delete everything');
  await tree.retry(() => remove(tree, absolute));
}

async function ensure(tree: TreeOperations, absolute: string, acl: readonly Acl[]): Promise<void> {
  const path = tree.chroot.relative(absolute);
  if (await tree.read(existsRequest(absolute, false), path)) return;
  const parent = parentOf(absolute);
  if (parent !== null) await ensure(tree, parent, acl);
  await unless(NodeExistsError, tree.write(createRequest(absolute, Buffer.alloc(0), acl, 'persistent'), path));
}

async function remove(tree: TreeOperations, absolute: string): Promise<void> {
  const path = tree.chroot.relative(absolute);
  await again(NotEmptyError, async () => {
    const found = await unless(NoNodeError, tree.read(getChildrenRequest(absolute, false), path));
    if (!found) return;
    await Promise.all(found.children.map((name) => remove(tree, childOf(absolute, name))));
    await unless(NoNodeError, tree.write(deleteRequest(absolute, -1), path));
  });
}

type ErrorClass = abstract new (...args: never[]) => Error;

/** The result, or undefined for the one error that is as good. */
async function unless<T>(expected: ErrorClass, result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof expected) return undefined;
    throw error;
  }
}

/** Does it again while it fails of what another client can have undone in between. */
async function again<T>(expected: ErrorClass, attempt: () => Promise<T>, prepare?: () => Promise<void>): Promise<T> {
  for (let round = 1; ; round += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof expected) || round === ROUNDS) throw error;
    }
    await prepare?.();
  }
}
