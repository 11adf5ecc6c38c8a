/** Claims about the types of loops and of the children diff. Compiling is the test: `npm run types`. */
import { expectTypeOf } from 'vitest';
import {
  type ChildrenChange,
  type ChildrenDiff,
  ChildrenWatch,
  type DataChange,
  DataWatch,
  type Stat,
  type WatchedEvent,
  ZooKeeperClient,
} from '../../index.js';

const client = new ZooKeeperClient('127.0.0.1:2181');

expectTypeOf(new DataWatch(client, '/a')).toExtend<AsyncIterable<DataChange> & Disposable>();
expectTypeOf(new ChildrenWatch(client, '/a')).toExtend<AsyncIterable<ChildrenChange> & Disposable>();

for await (const { data, stat, event } of new DataWatch(client, '/a')) {
  expectTypeOf(data).toEqualTypeOf<Buffer | null>();
  expectTypeOf(stat).toEqualTypeOf<Stat | null>();
  expectTypeOf(event).toEqualTypeOf<WatchedEvent | null>();
}

for await (const { children, event, added, removed } of new ChildrenWatch(client, '/a')) {
  expectTypeOf(children).toEqualTypeOf<string[]>();
  expectTypeOf(event).toEqualTypeOf<WatchedEvent | null>();
  expectTypeOf(added).toEqualTypeOf<readonly string[]>();
  expectTypeOf(removed).toEqualTypeOf<readonly string[]>();
}
for await (const { children } of new ChildrenWatch(client, '/a', { allowSessionLost: false })) {
  expectTypeOf(children).toEqualTypeOf<string[]>();
}
for await (const { children } of new ChildrenWatch(client, '/a', null, { waitForNode: false })) {
  expectTypeOf(children).toEqualTypeOf<string[]>();
}
// A watch that waits for its znode, or may do so, gives null.
for await (const { children } of new ChildrenWatch(client, '/a', { waitForNode: true })) {
  expectTypeOf(children).toEqualTypeOf<string[] | null>();
}
for await (const { children } of new ChildrenWatch(client, '/a', null, { waitForNode: true })) {
  expectTypeOf(children).toEqualTypeOf<string[] | null>();
}
for await (const { children } of new ChildrenWatch(client, '/a', { waitForNode: Math.random() < 0.5 })) {
  expectTypeOf(children).toEqualTypeOf<string[] | null>();
}

new ChildrenWatch(
  client,
  '/a',
  (children, event, diff) => {
    expectTypeOf(children).toEqualTypeOf<string[]>();
    expectTypeOf(event).toEqualTypeOf<WatchedEvent | null>();
    expectTypeOf(diff).toEqualTypeOf<ChildrenDiff>();
  },
  { sendDiff: true },
);
// @ts-expect-error a boolean
new ChildrenWatch(client, '/a', { sendDiff: 'yes' });
// @ts-expect-error the difference is read-only
(({ added }: ChildrenDiff) => added.push('b'))({ added: [], removed: [] });
