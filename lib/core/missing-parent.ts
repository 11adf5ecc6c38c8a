import { parentOf } from './paths.js';

/**
 * Why a znode could not be created where there is no parent, and what to do.
 *
 * @param path of the znode
 * @param isOfTransaction which has no `makePath`
 */
export function missingParent(path: string, isOfTransaction: boolean): string {
  const parent = parentOf(path) ?? '/';
  // The root of a server always exists, so this one is the chroot.
  if (parent === '/') return "the chroot of the connect string does not exist: ensurePath('/') creates it";
  return `its parent ${parent} does not exist: create it first${isOfTransaction ? '' : ', or pass { makePath: true }'}`;
}
