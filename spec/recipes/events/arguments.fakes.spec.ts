import { describe, expect, it } from 'vitest';
import {
  type Checkpoint,
  InvalidArgumentError,
  InvalidPathError,
  NotSubscribedError,
  subscribe,
  TreeWatch,
  WatchStoppedError,
} from '../../../index.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { turn } from '../../../testing/passing-time.js';
import { rejectionOf } from '../../support/rejection.js';

function stage() {
  const client = new FakeTreeClient();
  for (const path of ['/a', '/a/b']) client.tree.create(path, path);
  return client;
}

async function checkpointOf(client: FakeTreeClient, path: string): Promise<Checkpoint> {
  await using subscription = subscribe(client, path, null, () => {});
  await subscription.ready;
  return subscription.checkpoint();
}

const BAD_FILTERS: readonly [name: string, filter: unknown, message: string][] = [
  ['an unknown key', { paths: '/a' }, 'paths'],
  ['an unknown key beside known ones', { path: '/a', typ: 'created' }, 'typ'],
  ['a key of SQL-like filters', { path: '/a', where: 'x' }, 'where'],
  ['a pattern that is no path', { path: 'a/*' }, 'filter'],
  ['a pattern in a list that is no path', { path: ['/a', '/a//b'] }, 'filter'],
  ['a path that is no string', { path: 1 }, 'path'],
  ['an unknown type', { type: 'changed' }, 'type'],
  ['an unknown type in a list', { type: ['created', 'moved'] }, 'type'],
  ['a flag that is no boolean', { ephemeral: 'yes' }, 'ephemeral'],
  ['a prefix that is no string', { sequential: /job/ }, 'sequential'],
  ['a prefix with a slash', { sequential: 'jobs/job-' }, 'sequential'],
  ['a zxid that is a number', { after: 1 }, 'after'],
  ['a string', '/a', 'filter'],
  ['a function', () => true, 'filter'],
];

describe('subscribe() refuses at the call, before anything is sent,', () => {
  it.for(BAD_FILTERS)('a filter that is or has %s', ([, filter, message]) => {
    const client = stage();
    for (const filters of [filter, [{}, filter]]) {
      expect(() => subscribe(client, '/a', filters as never, () => {})).toThrow(InvalidArgumentError);
      expect(() => subscribe(client, '/a', filters as never, () => {})).toThrow(message);
    }
    expect([client.reads, client.watchedRoots, client.listenerCount]).toEqual([[], [], 0]);
  });

  it.for<[string, unknown[], new (...args: never[]) => Error]>([
    ['an object that is no client', [{}, '/a', null, () => {}], InvalidArgumentError],
    ['a path that is none', [stage(), 'a', null, () => {}], InvalidPathError],
    ['filters that are missing', [stage(), '/a', undefined, () => {}], InvalidArgumentError],
    ['a function in the place of the filters', [stage(), '/a', () => {}], InvalidArgumentError],
    ['something else than a function', [stage(), '/a', null, {}], InvalidArgumentError],
    ['an unknown option', [stage(), '/a', null, () => {}, { from: 1n }], InvalidArgumentError],
    ['a moment that is a number', [stage(), '/a', null, () => {}, { since: 1 }], InvalidArgumentError],
    ['a moment before all others', [stage(), '/a', null, () => {}, { since: -1n }], InvalidArgumentError],
    [
      'bytes in the place of a checkpoint',
      [stage(), '/a', null, () => {}, { since: Buffer.alloc(9) }],
      InvalidArgumentError,
    ],
    ['data that is no boolean', [stage(), '/a', null, () => {}, { data: 'yes' }], InvalidArgumentError],
    ['a signal that is none', [stage(), '/a', null, () => {}, { signal: {} }], InvalidArgumentError],
    ['an idle time of 0', [stage(), '/a', null, () => {}, { maxIdleTimeout: 0 }], InvalidArgumentError],
    ['an idle time that is no number', [stage(), '/a', null, () => {}, { maxIdleTimeout: '1s' }], InvalidArgumentError],
  ])('%s', ([, args, error]) => {
    expect(() => (subscribe as (...args: unknown[]) => unknown)(...args)).toThrow(error);
  });

  it('a checkpoint of another path, as TreeWatch does', async () => {
    const client = stage();
    const since = await checkpointOf(client, '/a/b');
    client.reads.length = 0;
    expect(() => subscribe(client, '/a', null, () => {}, { since })).toThrow(
      'since is a checkpoint of /a/b, not of /a',
    );
    expect(() => new TreeWatch(client, '/a', () => {}, { since })).toThrow(InvalidArgumentError);
    expect(client.reads).toEqual([]);
  });
});

describe('the filters of a subscription', () => {
  it.for(BAD_FILTERS)('are refused when one is or has %s', async ([, filter]) => {
    await using subscription = subscribe(stage(), '/a', null, () => {});
    expect(await rejectionOf(subscription.subscribe(filter as never))).toBeInstanceOf(InvalidArgumentError);
    expect(await rejectionOf(subscription.unsubscribe(filter as never))).toBeInstanceOf(InvalidArgumentError);
  });

  it('are refused with a `since` that is no zxid, and with an unknown option', async () => {
    await using subscription = subscribe(stage(), '/a', null, () => {});
    for (const options of [{ since: 1 }, { since: -1n }, { from: 1n }]) {
      expect(await rejectionOf(subscription.subscribe({}, options as never))).toBeInstanceOf(InvalidArgumentError);
    }
  });

  it('are removed by equality, one of as many as were subscribed to, whatever the order of their parts', async () => {
    await using subscription = subscribe(stage(), '/a', [{ path: ['/a', '/b'], type: 'created' }], () => {});
    await subscription.subscribe({ type: ['created'], path: ['/b', '/a'] });
    for (const other of [{ path: ['/a', '/b'] }, { path: '/a', type: 'created' as const }, { after: 0n }, {}]) {
      expect(await rejectionOf(subscription.unsubscribe(other))).toBeInstanceOf(NotSubscribedError);
    }
    await subscription.unsubscribe({ type: 'created', path: ['/a', '/b'] });
    await subscription.unsubscribe({ path: ['/b', '/a'], type: 'created' });
    const error = await rejectionOf(subscription.unsubscribe({ path: ['/a', '/b'], type: 'created' }));
    expect(error).toBeInstanceOf(NotSubscribedError);
    expect(error).toMatchObject({ code: 'NOT_SUBSCRIBED', path: '/a' });
  });

  it('are one for everything with `null`, which `{}` removes, and none with an empty list', async () => {
    await using everything = subscribe(stage(), '/a', null, () => {});
    await everything.unsubscribe({});
    await using none = subscribe(stage(), '/a', [], () => {});
    expect(await rejectionOf(none.unsubscribe({}))).toBeInstanceOf(NotSubscribedError);
  });

  it('are not added to a subscription that is closed', async () => {
    const subscription = subscribe(stage(), '/a', null, () => {});
    await subscription.close();
    expect(await rejectionOf(subscription.subscribe({}))).toBeInstanceOf(WatchStoppedError);
  });

  it('do not change with the objects that they were made of', async () => {
    const client = stage();
    const filter = { path: ['/a/x'], type: ['created' as const] };
    const paths: string[] = [];
    await using subscription = subscribe(client, '/a', filter, ({ path }) => void paths.push(path));
    await subscription.ready;
    filter.path[0] = '/a/y';
    client.tree.create('/a/x');
    client.tree.create('/a/y');
    await turn();
    expect(paths).toEqual(['/a/x']);
  });
});
