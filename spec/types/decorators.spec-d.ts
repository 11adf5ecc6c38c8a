/** Claims about the types of the decorators. Compiling is the test: `npm run types`. */
import { expectTypeOf } from 'vitest';
import {
  type ChildrenWatch,
  type DataWatch,
  type Stat,
  type Tree,
  type TreeChange,
  type TreeWatch,
  type WatchedEvent,
  ZooKeeperClient,
} from '../../index.js';
import { childrenWatch, dataWatch, treeWatch, watchesOf } from '../../recipes/decorators/index.js';

const client = new ZooKeeperClient('127.0.0.1:2181');
const onSymbol = Symbol('on');

export class Service {
  readonly client = client;
  readonly #name = 'mail';

  @dataWatch(client, '/a')
  everything(_data: Buffer | null, _stat: Stat | null, _event: WatchedEvent | null): void {}

  @dataWatch(client, '/a')
  fewer(_data: Buffer | null): void {}

  @dataWatch(client, '/a', { signal: AbortSignal.abort() })
  async stops(): Promise<boolean> {
    return false;
  }

  @dataWatch(
    (self: Service) => self.client,
    (self: Service) => `/names/${self.#name}`,
  )
  ofInstance(): void {}

  @dataWatch(
    () => client,
    () => '/a',
  )
  late(): void {}

  @dataWatch(client, '/a')
  @dataWatch(client, '/b')
  @childrenWatch(client, '/c')
  several(_dataOrChildren: unknown): void {}

  @dataWatch(client, '/a')
  #hidden(): void {}

  @dataWatch(client, '/a')
  static ofClass(_data: Buffer | null): void {}

  @dataWatch(client, '/a')
  [onSymbol](_data: Buffer | null): void {}

  // @ts-expect-error the data is a Buffer or null
  @dataWatch(client, '/a')
  mistaken(_data: string): void {}

  // @ts-expect-error the data may be null
  @dataWatch(client, '/a')
  careless(_data: Buffer): void {}

  // @ts-expect-error there is no fourth argument
  @dataWatch(client, '/a')
  greedy(_data: Buffer | null, _stat: Stat | null, _event: WatchedEvent | null, _more: string): void {}

  // @ts-expect-error the functions are for another class
  @dataWatch((self: { readonly other: ZooKeeperClient }) => self.other, '/a')
  elsewhere(): void {}

  // @ts-expect-error not a method
  @dataWatch(client, '/a')
  field = (): void => {};

  // @ts-expect-error not a method
  @dataWatch(client, '/a')
  accessor kept = (): void => {};

  // @ts-expect-error not a method
  @dataWatch(client, '/a')
  get read(): () => void {
    return () => this.#hidden();
  }

  @childrenWatch(client, '/a')
  children(_children: string[], _event: WatchedEvent | null): void {}

  @childrenWatch(client, '/a', { sendEvent: true, allowSessionLost: false })
  withEvent(_children: string[], _event: WatchedEvent | null): void {}

  @childrenWatch(client, '/a', { waitForNode: true })
  waiting(_children: string[] | null): void {}

  // @ts-expect-error a watch that waits for its znode calls with null
  @childrenWatch(client, '/a', { waitForNode: true })
  impatient(_children: string[]): void {}

  // @ts-expect-error the children are names
  @childrenWatch(client, '/a')
  numbers(_children: number[]): void {}

  @treeWatch(client, '/a')
  tree(_tree: Tree, _changes: readonly TreeChange[]): void {}

  @treeWatch(
    (self: Service) => self.client,
    (self: Service) => `/names/${self.#name}`,
    { data: false, depth: 1, ignore: (path) => path.endsWith('-'), since: 1n, maxIdleTimeout: 1_000 },
  )
  async treeOfInstance(_tree: Tree): Promise<boolean> {
    return false;
  }

  // @ts-expect-error a call has changes, not one change
  @treeWatch(client, '/a')
  singly(_tree: Tree, _change: TreeChange): void {}

  // @ts-expect-error the changes are shared between watches
  @treeWatch(client, '/a')
  harmful(_tree: Tree, _changes: TreeChange[]): void {}
}

// @ts-expect-error not a method
@dataWatch(client, '/a')
export class Decorated {}

// A plain registration infers the parameters of its function.
expectTypeOf(
  dataWatch(
    client,
    '/a',
  )((data, stat, event) => {
    expectTypeOf(data).toEqualTypeOf<Buffer | null>();
    expectTypeOf(stat).toEqualTypeOf<Stat | null>();
    expectTypeOf(event).toEqualTypeOf<WatchedEvent | null>();
  }),
).toEqualTypeOf<DataWatch>();
expectTypeOf(
  childrenWatch(client, '/a')((children) => expectTypeOf(children).toEqualTypeOf<string[]>()),
).toEqualTypeOf<ChildrenWatch>();
childrenWatch(client, '/a', { waitForNode: true })((children) =>
  expectTypeOf(children).toEqualTypeOf<string[] | null>(),
);
// @ts-expect-error the data is a Buffer or null
dataWatch(client, '/a')((data: string) => data);
// @ts-expect-error a DataWatch has no such option
dataWatch(client, '/a', { waitForNode: true });
// @ts-expect-error a path is a string
dataWatch(client, 1);
expectTypeOf(
  treeWatch(
    client,
    '/a',
  )((tree, changes) => {
    expectTypeOf(tree).toEqualTypeOf<Tree>();
    expectTypeOf(changes).toEqualTypeOf<readonly TreeChange[]>();
  }),
).toEqualTypeOf<TreeWatch>();
// @ts-expect-error a position is a bigint
treeWatch(client, '/a', { since: 1 });

expectTypeOf(watchesOf(new Service())).toEqualTypeOf<readonly (DataWatch | ChildrenWatch<boolean> | TreeWatch)[]>();
