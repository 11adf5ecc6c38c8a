import { describe, expect, it } from 'vitest';
import { ConnectionLossError, NoAuthError, NoNodeError, NotEmptyError } from '../../../lib/core/errors.js';
import { CLIENT } from '../../../lib/core/limits.js';
import { childOf, parentOf } from '../../../lib/core/paths.js';
import { retry } from '../../../lib/core/retry.js';
import type { WireRequest } from '../../../lib/protocol/requests.js';
import type { BranchOperations } from '../../../lib/zookeeper/branch-operations.js';
import { deleteBranch } from '../../../lib/zookeeper/branches.js';
import { Chroot } from '../../../lib/zookeeper/session/chroot.js';

const { requestsInFlight, branchesAtOnce } = CLIENT.deletion;

const NEVER = new AbortController().signal;

/** A server's znodes, which counts what is asked of it at once, and the names that its client holds. */
class CountingTree implements BranchOperations {
  readonly chroot = new Chroot('');
  requests = 0;
  mostInFlight = 0;
  /** The most names that were listed, and not yet deleted. */
  mostHeld = 0;
  readonly deleted: string[] = [];
  /** Called before each deletion; may throw. */
  beforeDelete: (path: string) => void = () => {};
  readonly #children = new Map<string, Set<string>>();
  #inFlight = 0;
  #held = 0;

  add(path: string): void {
    const parent = parentOf(path);
    if (parent !== null) {
      if (!this.#children.has(parent)) this.add(parent);
      this.#children.get(parent)?.add(path.slice(path.lastIndexOf('/') + 1));
    }
    this.#children.set(path, new Set());
  }

  has(path: string): boolean {
    return this.#children.has(path);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  async read<T>({ name }: WireRequest<T>, path: string): Promise<T> {
    if (name !== 'getChildren') throw new Error(`not asked for: ${name}`);
    await this.#request();
    const children = this.#children.get(path);
    if (!children) throw new NoNodeError(`no ${path}`, { path });
    this.#held += children.size;
    this.mostHeld = Math.max(this.mostHeld, this.#held);
    return { children: [...children] } as T;
  }

  async write<T>({ name }: WireRequest<T>, path: string): Promise<T> {
    if (name !== 'delete') throw new Error(`not asked for: ${name}`);
    await this.#request();
    this.beforeDelete(path);
    const children = this.#children.get(path);
    if (!children) throw new NoNodeError(`no ${path}`, { path });
    if (children.size > 0) throw new NotEmptyError(`${path} has children`, { path });
    this.#children.delete(path);
    this.#children.get(parentOf(path) as string)?.delete(path.slice(path.lastIndexOf('/') + 1));
    this.deleted.push(path);
    this.#held -= 1;
    return undefined as T;
  }

  retry<T>(operation: () => Promise<T>): Promise<T> {
    const policy = { maxAttempts: 3, minDelay: 1, maxDelay: 1, factor: 2 };
    return retry(operation, policy, NEVER, { pause: async () => {} } as never);
  }

  async #request(): Promise<void> {
    this.requests += 1;
    this.#inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight);
    await new Promise(setImmediate);
    this.#inFlight -= 1;
  }
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `child-${index}`);

/** Adds so many children to each znode, down to that depth. Returns the number of znodes added. */
function grow(tree: CountingTree, path: string, width: number, depth: number): number {
  if (depth === 0) return 0;
  let count = 0;
  for (const name of names(width)) {
    const child = childOf(path, name);
    tree.add(child);
    count += 1 + grow(tree, child, width, depth - 1);
  }
  return count;
}

const failureOf = (promise: Promise<void>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

describe('deleteRecursive()', () => {
  it('keeps a limited number of requests in flight, one for each of many children', async () => {
    const tree = new CountingTree();
    grow(tree, '/a', 2_000, 1);
    await deleteBranch(tree, '/a');
    expect(tree.has('/a')).toBe(false);
    expect(tree.mostInFlight).toBe(requestsInFlight);
    // The list, and the znode itself before and after it.
    expect(tree.requests).toBe(2_000 + 3);
  });

  it('holds the lists of a few branches only, however many there are', async () => {
    const tree = new CountingTree();
    const width = 20;
    const depth = 3;
    const count = grow(tree, '/a', width, depth);
    await deleteBranch(tree, '/a');
    expect(tree.deleted).toHaveLength(count + 1);
    expect(tree.mostInFlight).toBeLessThanOrEqual(requestsInFlight);
    expect(tree.mostInFlight).toBeGreaterThan(width);
    expect(tree.mostHeld).toBeLessThanOrEqual(width * depth * (branchesAtOnce + 1));
    expect(tree.mostHeld).toBeLessThan(count / 20);
  });

  it('deletes children before their parents', async () => {
    const tree = new CountingTree();
    grow(tree, '/a', 5, 3);
    await deleteBranch(tree, '/a');
    const places = new Map(tree.deleted.map((path, index) => [path, index]));
    for (const [path, index] of places) {
      expect(index).toBeLessThan(places.get(parentOf(path) as string) ?? Number.POSITIVE_INFINITY);
    }
  });

  it('follows a chain of a thousand znodes', async () => {
    const tree = new CountingTree();
    tree.add('/a'.repeat(1_000));
    await deleteBranch(tree, '/a');
    expect(tree.deleted).toHaveLength(1_000);
    expect(tree.mostInFlight).toBe(1);
  });

  it('resolves when there is no znode, and lists nothing for one without children', async () => {
    const tree = new CountingTree();
    await deleteBranch(tree, '/a');
    tree.add('/a');
    await deleteBranch(tree, '/a');
    expect(tree.deleted).toEqual(['/a']);
    expect(tree.requests).toBe(2);
  });

  it('deletes the children that a rival creates meanwhile, and gives up when the rival does not', async () => {
    const tree = new CountingTree();
    grow(tree, '/a', 3, 1);
    let rivals = 3;
    tree.beforeDelete = (path) => {
      if (path !== '/a' || rivals === 0) return;
      rivals -= 1;
      tree.add(`/a/rival-${rivals}`);
    };
    await deleteBranch(tree, '/a');
    expect(tree.has('/a')).toBe(false);
    expect(rivals).toBe(0);

    tree.add('/b/c');
    tree.beforeDelete = (path) => {
      if (path === '/b/c') tree.add('/b/c/again');
    };
    const error = await failureOf(deleteBranch(tree, '/b'));
    expect(error).toBeInstanceOf(NotEmptyError);
    expect(error).toMatchObject({ path: '/b/c' });
  });

  it('takes a znode that a rival deletes first for deleted', async () => {
    const tree = new CountingTree();
    grow(tree, '/a', 200, 1);
    await Promise.all([deleteBranch(tree, '/a'), deleteBranch(tree, '/a')]);
    expect(tree.has('/a')).toBe(false);
  });

  it('repeats one request after a connection loss, not what was deleted before it', async () => {
    const tree = new CountingTree();
    grow(tree, '/a', 1_000, 1);
    let losses = 5;
    tree.beforeDelete = (path) => {
      if (path.endsWith('7') && losses > 0) {
        losses -= 1;
        throw new ConnectionLossError('gone');
      }
    };
    await deleteBranch(tree, '/a');
    expect(tree.requests).toBe(1_000 + 3 + 5);
  });

  it.each([1, 3])(
    'stops at the first failure, at depth %i, and rejects when no request is in flight',
    async (depth) => {
      const tree = new CountingTree();
      const count = grow(tree, '/a', depth === 1 ? 10_000 : 25, depth);
      const refused = `/a${'/child-3'.repeat(depth)}`;
      let since = 0;
      tree.beforeDelete = (path) => {
        if (path !== refused) return;
        since = tree.requests;
        throw new NoAuthError('not for you', { path });
      };
      const error = await failureOf(deleteBranch(tree, '/a'));
      expect(error).toBeInstanceOf(NoAuthError);
      expect(error).toMatchObject({ path: refused });
      expect(tree.inFlight).toBe(0);
      expect(tree.requests).toBeLessThanOrEqual(since + 1);
      expect(tree.deleted.length).toBeLessThan(count / 2);
    },
  );
});
