import type { CreateMode } from '../core/coordination-client.js';

/** The part of the tree that a client sees as the whole. */
export class Chroot {
  /** Empty for the root. */
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The server's name for a path of the user's. */
  absolute(path: string): string {
    if (this.path === '') return path;
    return path === '/' ? this.path : this.path + path;
  }

  /** The same for a znode to be created. A sequential one is named after "/" as its beginning, not after the chroot. */
  absoluteOf(path: string, mode: CreateMode): string {
    return path === '/' && mode.endsWith('sequential') ? `${this.path}/` : this.absolute(path);
  }

  /** The user's name for a path of the server's. */
  readonly relative = (path: string): string => {
    if (this.path === '') return path;
    return path === this.path ? '/' : path.slice(this.path.length);
  };
}
