import type { CreateMode } from '../../core/coordination-client.js';

/** The znode that a client uses as its root. */
export class Chroot {
  /** Empty for the root. */
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Converts a path of the user to a path of the server. */
  absolute(path: string): string {
    if (this.path === '') return path;
    return path === '/' ? this.path : this.path + path;
  }

  /** The same for a new znode. A sequential znode at "/" is created in the chroot, not beside it. */
  absoluteOf(path: string, mode: CreateMode): string {
    return path === '/' && mode.endsWith('sequential') ? `${this.path}/` : this.absolute(path);
  }

  /** Converts a path of the server to a path of the user. One above the chroot has none: the chroot stands for it. */
  readonly relative = (path: string): string => path.slice(this.path.length) || '/';
}
