import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClientClosedError } from '../../../lib/core/errors.js';
import { OBSERVING } from '../../../lib/core/limits.js';
import { FaithfulClient } from '../../../testing/faithful-client.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { pass } from '../../../testing/passing-time.js';
import { recordTree } from '../../support/recorded-trees.js';
import { withMethods } from '../../support/with-methods.js';

let client: FakeTreeClient;
/** Whether servers leave requests for a recursive watch unanswered. */
let isUnanswered: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  client = new FakeTreeClient();
  for (const path of ['/a', '/a/b', '/a/c']) client.tree.create(path);
  isUnanswered = false;
  const { watchTree } = client;
  client.watchTree = (root, listener) => {
    const heard = withMethods(listener, {
      armed: () => isUnanswered || listener.armed(),
      changed: (event) => isUnanswered || listener.changed(event),
    });
    return watchTree.call(client, root, heard);
  };
});

afterEach(() => {
  vi.useRealTimers();
});

const UNTIL_FOUND = OBSERVING.recheckAfter + OBSERVING.recheckTick;

describe('a TreeWatch whose recursive watch is gone without a word', () => {
  it('is interrupted until it is armed again, and leaves nothing at its end', async () => {
    const { watch, calls, events } = recordTree(client, '/a');
    await pass(0);
    client.loseRecursive();
    client.tree.set('/a/b', 'unreported');
    await pass(UNTIL_FOUND);
    expect([calls.last, events.items, watch.status]).toEqual([['modified /a/b'], ['resynced'], 'fresh']);
    watch.stop();
    expect([client.watchedRoots, client.listenerCount]).toEqual([[], 0]);
  });

  it('is stale while the server does not answer, at a position before what nothing reports', async () => {
    const { watch, calls } = recordTree(client, '/a');
    await pass(0);
    client.loseRecursive();
    client.tree.set('/a/b', 'unreported');
    isUnanswered = true;
    await pass(UNTIL_FOUND);
    expect(calls.last).toEqual(['modified /a/b']);
    const { position } = watch;
    client.tree.set('/a/c', 'unreported');
    client.ping();
    const late = recordTree(client, '/a');
    await pass(OBSERVING.recheckTick);
    expect([watch.status, watch.position, late.calls.items]).toEqual(['stale', position, []]);
    client.become('closed');
  });

  it('reads after a later outage only what was changed meanwhile', async () => {
    const { watch, calls } = recordTree(client, '/a');
    await pass(0);
    client.loseRecursive();
    client.tree.set('/a/b', 'unreported');
    await pass(UNTIL_FOUND);
    client.reads.length = 0;
    client.cut(() => client.tree.set('/a/c', 'new'));
    await pass(0);
    expect([calls.last, client.reads]).toEqual([['modified /a/c'], ['readMany /a/c']]);
    watch.stop();
  });
});

describe('a TreeWatch that is connected again', () => {
  it('keeps its position, and reads nothing, before its recursive watch is armed', async () => {
    const { watch, calls } = recordTree(client, '/a');
    await pass(0);
    const { position } = watch;
    isUnanswered = true;
    client.tree.set('/a/b', 'reported');
    client.become('suspended');
    client.tree.set('/a/c', 'new');
    client.reads.length = 0;
    client.become('connected');
    client.ping();
    const late = recordTree(client, '/a');
    await pass(OBSERVING.recheckTick);
    expect([client.reads, watch.status, watch.position]).toEqual([[], 'stale', position]);
    late.watch.stop();
    isUnanswered = false;
    client.cut();
    await pass(0);
    expect([calls.items.slice(1).flat().sort(), watch.status]).toEqual([['modified /a/b', 'modified /a/c'], 'fresh']);
    watch.stop();
  });

  it('emits resynced when a server with a quorum follows directly on one without', async () => {
    client.become('read-only');
    const { watch, events } = recordTree(client, '/a');
    await pass(0);
    client.become('connected');
    await pass(0);
    expect([watch.mode, watch.status, events.items]).toEqual(['recursive', 'fresh', ['resynced']]);
    watch.stop();
  });

  it('to an ensemble that was restored has its older state, though no server reports that', async () => {
    const [backup, zxid] = [client.tree.snapshot(), client.tree.zxid];
    client.tree.set('/a/b', 'new');
    const { watch, calls } = recordTree(client, '/a');
    await pass(0);
    client.restore(backup, zxid);
    await pass(0);
    expect([calls.items.slice(1), watch.position]).toEqual([[['modified /a/b']], zxid]);
    watch.stop();
  });

  it('has a root that was created in the outage', async () => {
    const { watch, calls } = recordTree(client, '/missing');
    await pass(0);
    client.cut(() => client.tree.create('/missing'));
    await pass(0);
    expect(calls.items).toEqual([[], ['created /missing']]);
    watch.stop();
  });

  it('to a server with recursive watches removes its one-shot watches', async () => {
    client.server.hasRecursive = false;
    const { watch, calls } = recordTree(client, '/a');
    await pass(0);
    expect(client.armedPaths).not.toEqual([]);
    client.server.hasRecursive = true;
    client.cut();
    await pass(0);
    client.tree.set('/a/c', 'new');
    await pass(0);
    expect([watch.mode, client.armedPaths, calls.items.slice(1)]).toEqual(['recursive', [], [['modified /a/c']]]);
    watch.stop();
    expect([client.watchedRoots, client.listenerCount]).toEqual([[], 0]);
  });

  it('to a server without recursive watches misses no change', async () => {
    const { watch, calls } = recordTree(client, '/a');
    await pass(0);
    client.server.hasRecursive = false;
    client.cut(() => client.tree.set('/a/b', 'new'));
    await pass(0);
    client.tree.set('/a/c', 'new');
    await pass(0);
    expect([watch.mode, calls.items.slice(1)]).toEqual(['one-shot', [['modified /a/b'], ['modified /a/c']]]);
    watch.stop();
    expect([client.watchedRoots, client.armedPaths, client.listenerCount]).toEqual([[], [], 0]);
  });
});

describe('a TreeWatch in mode one-shot', () => {
  it('reads after an outage only what was changed meanwhile', async () => {
    client.server.hasRecursive = false;
    const { watch, calls } = recordTree(client, '/a');
    await pass(0);
    client.reads.length = 0;
    client.cut(() => client.tree.set('/a/c', 'new'));
    await pass(0);
    expect([calls.last, client.reads]).toEqual([['modified /a/c'], ['getData /a/c']]);
    watch.stop();
  });

  it('reads everything after an outage with a client that promises nothing about its watches', async () => {
    const simple = new FakeClient();
    for (const path of ['/a', '/a/b']) simple.tree.create(path);
    const { watch, calls } = recordTree(simple, '/a');
    await pass(0);
    simple.become('suspended');
    simple.tree.set('/a/b', 'new');
    simple.become('connected');
    await pass(0);
    expect([calls.items.slice(1), watch.status]).toEqual([[['modified /a/b']], 'fresh']);
    watch.stop();
    expect(simple.listenerCount).toBe(0);
  });

  it('emits resynced when a server with a quorum follows directly on one without', async () => {
    const simple = new FaithfulClient('read-only');
    simple.tree.create('/a');
    const { watch, calls, events } = recordTree(simple, '/a');
    await pass(0);
    expect([calls.items, watch.status]).toEqual([[['created /a']], 'stale']);
    simple.become('connected');
    await pass(0);
    expect([calls.items.length, watch.status, events.items]).toEqual([1, 'fresh', ['resynced']]);
    watch.stop();
  });

  it('takes the older state of a new epoch, which began during its reads', async () => {
    client.server.hasRecursive = false;
    const [backup, zxid] = [client.tree.snapshot(), client.tree.zxid];
    const { watch, calls } = recordTree(client, '/a');
    await pass(0);
    for (const path of ['/a/b', '/a/c']) client.tree.set(path, 'new');
    await pass(0);
    client.tree.set('/a/b', 'newer');
    const release = client.hold();
    await pass(0);
    client.tree.restore(backup, zxid);
    client.epoch += 1;
    client.lastZxid = zxid;
    client.become('connected');
    release();
    await pass(0);
    expect([calls.last, watch.status, watch.position]).toEqual([['modified /a/b', 'modified /a/c'], 'fresh', zxid]);
    watch.stop();
  });

  it('asks no server and is not fresh in an outage, whoever hears of that first', async () => {
    client.server.hasRecursive = false;
    const statuses: string[] = [];
    client.on('state', () => statuses.push(watch.status));
    const { watch } = recordTree(client, '/a');
    await pass(0);
    client.reads.length = 0;
    client.become('suspended');
    client.become('connected');
    await pass(0);
    client.reads.length = 0;
    client.tree.set('/a/b', 'new');
    client.become('suspended');
    await pass(OBSERVING.retry.maxDelay);
    expect([statuses, client.reads]).toEqual([['stale', 'stale', 'stale'], []]);
    watch.stop();
  });
});

describe('a TreeWatch at a server that reports the root in place of the znode that has changed', () => {
  beforeEach(() => {
    client.server.reports = 'watched';
  });

  it('leaves nothing at its end', async () => {
    const { watch } = recordTree(client, '/a');
    await pass(0);
    client.tree.set('/a/b', 'new');
    await pass(0);
    expect([watch.mode, client.watchedRoots]).toEqual(['one-shot', []]);
    watch.stop();
    expect([client.armedPaths, client.listenerCount]).toEqual([[], 0]);
  });

  it('stays with one-shot watches, though the client still says that the recursive one is armed', async () => {
    const { watchTree } = client;
    client.watchTree = (root, listener) => {
      watchTree.call(client, root, listener);
      return { remove: () => {} };
    };
    const { watch, calls } = recordTree(client, '/a');
    await pass(0);
    client.tree.set('/a/b', 'new');
    await pass(0);
    client.cut();
    await pass(0);
    client.tree.set('/a/c', 'new');
    await pass(0);
    expect([watch.mode, calls.items.slice(1)]).toEqual(['one-shot', [['modified /a/b'], ['modified /a/c']]]);
    watch.stop();
  });
});

it('a TreeWatch of a closed client stops, and asks for no watch', async () => {
  client.become('closed');
  client.watchTree = () => {
    throw new ClientClosedError('closed');
  };
  const { events } = recordTree(client, '/a');
  await pass(0);
  expect([events.items, client.watchedRoots, client.listenerCount]).toEqual([['stop client-closed'], [], 0]);
});
