import { expect, it } from 'vitest';
import { NoAuthError, NoNodeError } from '../../../lib/core/errors.js';
import { parentOf } from '../../../lib/core/paths.js';
import type { WireRequest } from '../../../lib/protocol/requests.js';
import type { BranchOperations } from '../../../lib/zookeeper/branch-operations.js';
import { ensurePath } from '../../../lib/zookeeper/branches.js';
import { Chroot } from '../../../lib/zookeeper/session/chroot.js';

/** The znodes of a server that keeps the stat from those who may not read, and lets them create below. */
class DropBox implements BranchOperations {
  readonly chroot = new Chroot('');
  readonly created: string[] = [];

  async read<T>({ name }: WireRequest<T>, path: string): Promise<T> {
    if (path === '/drop') throw new NoAuthError(`${name} ${path}`, { path });
    return (this.created.includes(path) ? {} : null) as T;
  }

  async write<T>({ name }: WireRequest<T>, path: string): Promise<T> {
    const parent = parentOf(path) ?? '';
    if (![...this.created, '/drop'].includes(parent)) throw new NoNodeError(`${name} ${path}`, { path });
    this.created.push(path);
    return path as T;
  }

  retry<T>(operation: () => Promise<T>): Promise<T> {
    return operation();
  }
}

it('ensurePath() creates znodes below one that may not be read', async () => {
  const box = new DropBox();
  await ensurePath(box, '/drop/a/b');
  expect(box.created).toEqual(['/drop/a', '/drop/a/b']);
});

it('ensurePath() takes a znode that may not be read for one that exists', async () => {
  const box = new DropBox();
  await ensurePath(box, '/drop');
  expect(box.created).toEqual([]);
});
