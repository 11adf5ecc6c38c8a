import { describe, expect } from 'vitest';
import { ZooKeeperError } from '../../../lib/core/errors.js';
import type { ZooKeeperClient } from '../../../lib/zookeeper/client.js';
import { eventually } from '../../../testing/eventually.js';
import type { FaultProxy } from '../../../testing/fault-proxy.js';
import { Stopwatch } from '../../../testing/stopwatch.js';
import { scaled } from '../../../testing/time-factor.js';
import { it, recordStates } from '../../support/fixtures.js';

/** The documented maximum that close() waits for a server, plus one second. */
const CLOSED_WITHIN = 2_000 + 1_000;

type Outcome = PromiseSettledResult<unknown> | 'pending';

/** Records the outcome of each promise. Attaches its handlers at once, so that no rejection is unhandled. */
function recordOutcomes(promises: readonly Promise<unknown>[]): Outcome[] {
  const outcomes: Outcome[] = promises.map(() => 'pending');
  for (const [nth, promise] of promises.entries()) {
    promise.then(
      (value) => {
        outcomes[nth] = { status: 'fulfilled', value };
      },
      (reason: unknown) => {
        outcomes[nth] = { status: 'rejected', reason };
      },
    );
  }
  return outcomes;
}

/** Calls each operation of the client that returns a promise. */
function callEverything(client: ZooKeeperClient): Outcome[] {
  return recordOutcomes([
    client.exists('/a', () => {}),
    client.getData('/a', () => {}),
    client.getChildren('/a', () => {}),
    client.create('/b/c', '', { makePath: true }),
    client.create('/b'),
    client.setData('/a', 'x'),
    client.delete('/no'),
    client.getAcl('/a'),
    client.setAcl('/a', [{ perms: 31, scheme: 'world', id: 'anyone' }]),
    client.sync('/a'),
    client.transaction().create('/d').commit(),
    client.deleteRecursive('/e'),
    client.ensurePath('/f/g'),
    client.retry(() => client.setData('/a', 'y'), { maxAttempts: Infinity }),
    client.connect({ timeout: 60_000 }),
  ]);
}

/** Fails when a promise does not settle, or rejects with anything but a `ZooKeeperError`. */
async function expectAllSettle(outcomes: readonly Outcome[]): Promise<void> {
  const pending = (): number => outcomes.filter((outcome) => outcome === 'pending').length;
  await eventually(() => pending() === 0, { within: 500, describe: `all ${outcomes.length} promises settled` });
  for (const outcome of outcomes) {
    if (outcome !== 'pending' && outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(ZooKeeperError);
  }
}

async function closeInTime(client: ZooKeeperClient, within = CLOSED_WITHIN): Promise<void> {
  using stopwatch = new Stopwatch();
  const closing = client.close();
  expect(client.state).toBe('closed');
  await closing;
  expect(stopwatch.elapsed).toBeLessThan(scaled(within));
  expect([client.sessionId, client.sessionPassword]).toEqual([null, null]);
}

type Prepare = (proxy: FaultProxy, client: ZooKeeperClient) => Promise<unknown>;

const disconnect: Prepare = async (proxy, client) => {
  const states = recordStates(client);
  proxy.refuse();
  proxy.cut();
  await states.until((all) => all.includes('suspended'));
};

/** How to bring a client into each state, and whether close() then returns long before its deadline. */
const situations: Record<string, [prepare: Prepare, isQuick: boolean]> = {
  latent: [async () => {}, true],
  'connecting, and refused': [async (proxy) => proxy.refuse(), true],
  'connecting into a black hole': [async (proxy) => proxy.blackHole(), true],
  'connecting to a server that does not answer': [async (proxy) => proxy.acceptSilently(), true],
  connected: [(_, client) => client.connect(), true],
  'connected to a black hole': [
    async (proxy, client) => {
      await client.connect();
      proxy.blackHole();
    },
    false,
  ],
  suspended: [
    async (proxy, client) => {
      await client.connect();
      await disconnect(proxy, client);
    },
    false,
  ],
  'suspended, and reconnecting into a black hole': [
    async (proxy, client) => {
      await client.connect();
      await disconnect(proxy, client);
      proxy.blackHole();
      await proxy.accept();
      await proxy.waitForConnections(1);
    },
    false,
  ],
  lost: [
    async (proxy, client) => {
      await client.connect();
      const states = recordStates(client);
      await disconnect(proxy, client);
      await states.until((all) => all.includes('lost'));
    },
    true,
  ],
  're-arming its watches': [
    async (proxy, client) => {
      await client.connect();
      await client.exists('/watched', () => {});
      let dropped = 0;
      proxy.transform((frame) => {
        if (dropped > 0) return frame;
        dropped += 1;
        return null;
      });
      proxy.cut();
      await eventually(() => dropped === 1);
    },
    false,
  ],
};

describe.concurrent('close() in every state', () => {
  for (const [name, [prepare, isQuick]] of Object.entries(situations)) {
    it(`settles together with all other promises when the client is ${name}`, async ({ makeClient, proxy, chroot }) => {
      // The session outlives the deadline of close(), except where the client is to be lost.
      const sessionTimeout = name === 'lost' ? 500 : 20_000;
      const client = makeClient({ connectString: `${proxy.connectString}${chroot}`, sessionTimeout });
      await prepare(proxy, client);
      const before = callEverything(client);
      const closing = closeInTime(client, isQuick ? 1_000 : CLOSED_WITHIN);
      const during = callEverything(client);
      await closing;
      const after = callEverything(client);
      for (const outcomes of [before, during, after]) await expectAllSettle(outcomes);
      for (const outcome of [...during, ...after]) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'CLIENT_CLOSED' } });
      }
      await proxy.waitForConnections(0);
      expect(client.state).toBe('closed');
    });
  }
});

describe('close()', () => {
  it('settles the promises of 2,000 requests in flight', async ({ client, other }) => {
    await other.create('/a', 'data');
    const reads = recordOutcomes(Array.from({ length: 1_000 }, () => client.getData('/a')));
    const writes = recordOutcomes(Array.from({ length: 1_000 }, (_, nth) => client.create(`/n-${nth}`)));
    await closeInTime(client, 1_000);
    await expectAllSettle(reads);
    await expectAllSettle(writes);
    const created = writes.filter((outcome) => outcome !== 'pending' && outcome.status === 'fulfilled').length;
    expect((await other.getChildren('/')).children.length).toBe(created + 1);
  });

  it('ends the session, which deletes its ephemeral znodes', async ({ client, other }) => {
    await client.create('/mine', '', { mode: 'ephemeral' });
    await closeInTime(client, 1_000);
    expect(await other.exists('/mine')).toBe(null);
  });

  it('reconnects in order to end the session of a suspended client', async ({ proxy, proxied, other }) => {
    await proxied.create('/mine', '', { mode: 'ephemeral' });
    await disconnect(proxy, proxied);
    const closing = closeInTime(proxied);
    await proxy.accept();
    await closing;
    expect(await other.exists('/mine')).toBe(null);
  });

  it('may be called again, concurrently or later', async ({ client }) => {
    const states = recordStates(client);
    const [first, second] = [client.close(), client.close()];
    await Promise.all([first, second, client[Symbol.asyncDispose]()]);
    await client.close();
    expect(states.items).toEqual(['closed']);
  });

  it('may be called from a state listener', async ({ proxy, proxied }) => {
    const closed = new Promise<void>((resolve, reject) => {
      proxied.on('state', (state) => {
        if (state === 'suspended') proxied.close().then(resolve, reject);
      });
    });
    proxy.cut();
    await closed;
    expect(proxied.state).toBe('closed');
  });

  it('calls no watcher for the ephemeral znodes that the end of the session deletes', async ({ client, other }) => {
    const called: string[] = [];
    await client.create('/mine', '', { mode: 'ephemeral' });
    await client.exists('/mine', ({ type }) => called.push(type));
    await client.getChildren('/', ({ type }) => called.push(type));
    await client.close();
    expect(await other.exists('/mine')).toBe(null);
    expect(called).toEqual([]);
  });

  it('called by a watcher prevents the calls of the next watchers of the same event', async ({ client, other }) => {
    const called: string[] = [];
    const closed = new Promise<void>((resolve) => {
      void client.exists('/a', () => {
        called.push('first');
        void client.close().then(resolve);
      });
    });
    await client.exists('/a', () => called.push('second'));
    await other.create('/a');
    await closed;
    expect(called).toEqual(['first']);
  });

  it('ends the pause between the attempts of retry()', async ({ client }) => {
    const retrying = client.retry(() => Promise.reject(Object.assign(new Error('lost'), { code: 'CONNECTION_LOSS' })), {
      maxAttempts: 2,
      minDelay: 1_000_000,
      maxDelay: 1_000_000,
    });
    const rejected = expect(retrying).rejects.toThrow('lost');
    await client.close();
    await rejected;
  });
});
