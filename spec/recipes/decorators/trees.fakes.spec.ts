import { describe, expect, it } from 'vitest';
import {
  type Checkpoint,
  DataWatch,
  InvalidArgumentError,
  InvalidPathError,
  type Tree,
  type TreeChange,
  TreeWatch,
  treeWatch,
  watchesOf,
} from '../../../index.js';
import { dataWatch } from '../../../recipes/decorators/index.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { Recorder } from '../../../testing/recorder.js';
import { printChange } from '../../support/recorded-trees.js';
import { rejectionOf } from '../../support/rejection.js';

/** The type of a decorator for code that is compiled without types. */
type AnyDecorator = (...args: unknown[]) => never;

function stage() {
  const client = new FakeTreeClient();
  for (const path of ['/a', '/a/b', '/a/b/c']) client.tree.create(path, path);
  return { client, calls: new Recorder<string>() };
}

async function checkpointOf(client: FakeTreeClient, path: string): Promise<Checkpoint> {
  using watch = new TreeWatch(client, path, () => {});
  await watch.ready;
  return watch.checkpoint();
}

describe('treeWatch()', () => {
  it('calls a method with the tree and its changes, on each instance, until its watch is stopped', async () => {
    const { client, calls } = stage();
    class Service {
      readonly client = client;
      readonly path: string;

      constructor(path: string) {
        this.path = path;
      }

      @treeWatch(
        (self: Service) => self.client,
        (self: Service) => self.path,
      )
      onTree(tree: Tree, changes: readonly TreeChange[]): void {
        calls.record(`${this.path} has ${tree.size}: ${changes.map(printChange)}`);
      }
    }
    const [one, other] = [new Service('/a/b'), new Service('/a/b/c')];
    await calls.untilCount(2);
    expect([...calls.items].sort()).toEqual([
      '/a/b has 2: created /a/b,created /a/b/c',
      '/a/b/c has 1: created /a/b/c',
    ]);
    for (const watch of watchesOf(one)) watch.stop();
    client.tree.set('/a/b/c', 'new');
    await calls.untilCount(3);
    expect(calls.items.slice(2)).toEqual(['/a/b/c has 1: modified /a/b/c']);
    for (const watch of watchesOf(other)) watch.stop();
    expect(client.listenerCount).toBe(0);
    expect(client.watchedRoots).toEqual([]);
  });

  it('stops its watch when the method returns false', async () => {
    const { client } = stage();
    class Service {
      @treeWatch(client, '/a')
      async once(): Promise<boolean> {
        return false;
      }
    }
    const [watch] = watchesOf(new Service());
    await watch?.ready;
    expect(watch?.stopped).toBe(true);
  });

  it('makes watches that watchesOf() lists beside others, in the order of their declaration', async () => {
    const { client } = stage();
    class Service {
      @treeWatch(client, '/a')
      tree(): void {}

      @dataWatch(client, '/a')
      @treeWatch(client, '/a/b')
      both(): void {}
    }
    const watches = watchesOf(new Service());
    expect(watches.map((watch) => [watch.constructor, watch.path])).toEqual([
      [TreeWatch, '/a'],
      [DataWatch, '/a'],
      [TreeWatch, '/a/b'],
    ]);
    for (const watch of watches) watch.stop();
  });

  it('passes its options on', async () => {
    const { client, calls } = stage();
    const since = await checkpointOf(client, '/a');
    client.tree.create('/a/new');
    client.tree.set('/a/b/c', 'beyond the depth');
    client.tree.set('/a', 'new');
    class Service {
      @treeWatch(client, '/a', { data: false, depth: 1, ignore: (path) => path.endsWith('new'), since })
      onTree(tree: Tree, changes: readonly TreeChange[]): void {
        calls.record(`${Array.from(tree, ({ path, data }) => `${path} ${data}`)}: ${changes.map(printChange)}`);
      }
    }
    const [watch] = watchesOf(new Service());
    await watch?.ready;
    expect(calls.items).toEqual(['/a null,/a/b null: modified /a']);
    watch?.stop();
  });

  it('registers a plain function', async () => {
    const { client, calls } = stage();
    const watch = treeWatch(
      () => client,
      () => '/a/b',
      { signal: AbortSignal.timeout(60_000) },
    )((tree) => calls.record(`${tree.size}`));
    expect(watch).toBeInstanceOf(TreeWatch);
    await watch.ready;
    expect(calls.items).toEqual(['2']);
    watch.stop();
  });
});

describe('at the definition of the class, treeWatch()', () => {
  it.for([
    ['an invalid path', () => treeWatch(new FakeTreeClient(), 'a'), InvalidPathError],
    ['an object that is no client', () => treeWatch({} as never, '/a'), InvalidArgumentError],
    ['an unknown option', () => treeWatch(new FakeTreeClient(), '/a', { levels: 1 } as never), InvalidArgumentError],
    ['a negative depth', () => treeWatch(() => new FakeTreeClient(), '/a', { depth: -1 }), InvalidArgumentError],
    [
      'a class',
      () => (treeWatch(new FakeTreeClient(), '/a') as unknown as AnyDecorator)(class {}, { kind: 'class', name: 'A' }),
      InvalidArgumentError,
    ],
  ] as const)('throws for %s', ([, decorate, error]) => {
    expect(decorate).toThrow(error);
  });

  it('throws for a checkpoint of another path', async () => {
    const { client } = stage();
    const since = await checkpointOf(client, '/a/b');
    expect(() => treeWatch(client, '/a', { since })).toThrow('since is a checkpoint of /a/b, not of /a');
  });
});

describe('on an instance whose watch cannot be made, treeWatch()', () => {
  const fail = (): never => {
    throw new Error('no client');
  };

  it.for<[string, (() => never) | undefined, string, string]>([
    ['the client fails', fail, '/a', 'no client'],
    ['the path is invalid', undefined, 'a', 'must'],
    ['the checkpoint is of another path', undefined, '/a/b', 'not of /a/b'],
  ])('makes one that stops with an error, as %s', async ([, failing, path, message]) => {
    const { client } = stage();
    const since = await checkpointOf(client, '/a');
    class Service {
      @treeWatch(failing ?? (() => client), () => path, { since })
      onTree(): void {}
    }
    const [watch] = watchesOf(new Service());
    const stops = new Recorder<string>();
    watch?.on('stop', stops.record);
    const error = await rejectionOf(watch?.ready as Promise<void>);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect((error as Error).message).toContain('Service.onTree is not called');
    expect((error as Error).message).toContain(message);
    await stops.untilCount(1);
    expect(stops.items).toEqual(['error']);
  });
});
