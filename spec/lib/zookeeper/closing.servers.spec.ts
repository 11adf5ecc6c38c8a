import { describe, expect } from 'vitest';
import { ZooKeeperError } from '../../../lib/core/errors.js';
import type { ZooKeeperClient } from '../../../lib/zookeeper/client.js';
import { eventually } from '../../../testing/eventually.js';
import type { FaultProxy } from '../../../testing/fault-proxy.js';
import { Stopwatch } from '../../../testing/stopwatch.js';
import { scaled } from '../../../testing/time-factor.js';
import { it, recordStates } from '../../support/fixtures.js';

/** What the documentation says that close() waits for a server at most, and a second. */
const CLOSED_WITHIN = 2_000 + 1_000;

type Outcome = PromiseSettledResult<unknown> | 'pending';

/** What becomes of promises, looked at from the beginning: none of them is ever unhandled. */
function follow(promises: readonly Promise<unknown>[]): Outcome[] {
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

/** One promise of each kind. */
function handOut(client: ZooKeeperClient): Outcome[] {
  return follow([
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

/** Fails when one does not settle, or rejects with what is no error of ours. */
async function expectAllSettle(outcomes: readonly Outcome[]): Promise<void> {
  const pending = (): number => outcomes.filter((outcome) => outcome === 'pending').length;
  await eventually(() => pending() === 0, { within: 500, describe: `all settled of ${outcomes.length}` });
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

type Stage = (proxy: FaultProxy, client: ZooKeeperClient) => Promise<unknown>;

const away: Stage = async (proxy, client) => {
  const states = recordStates(client);
  proxy.refuse();
  proxy.cut();
  await states.until((all) => all.includes('suspended'));
};

/** How a client comes to be in a state, and whether a server can be reached then to end the session at once. */
const stages: Record<string, [stage: Stage, isQuick: boolean]> = {
  latent: [async () => {}, true],
  'connecting, refused': [async (proxy) => proxy.refuse(), true],
  'connecting into a black hole': [async (proxy) => proxy.blackHole(), true],
  'connecting to a server that says nothing': [async (proxy) => proxy.acceptSilently(), true],
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
      await away(proxy, client);
    },
    false,
  ],
  'suspended, into a black hole': [
    async (proxy, client) => {
      await client.connect();
      await away(proxy, client);
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
      await away(proxy, client);
      await states.until((all) => all.includes('lost'));
    },
    true,
  ],
  'arming its watches': [
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

describe.concurrent('close(), in any state,', () => {
  for (const [name, [stage, isQuick]] of Object.entries(stages)) {
    it(`settles, and all promises with it, when the client is ${name}`, async ({ makeClient, proxy, chroot }) => {
      // Only a client that is to be lost has a session that ends before the deadline does.
      const sessionTimeout = name === 'lost' ? 500 : 20_000;
      const client = makeClient({ connectString: `${proxy.connectString}${chroot}`, sessionTimeout });
      await stage(proxy, client);
      const before = handOut(client);
      const closing = closeInTime(client, isQuick ? 1_000 : CLOSED_WITHIN);
      const during = handOut(client);
      await closing;
      const after = handOut(client);
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
  it('settles 2,000 requests in flight, and their promises', async ({ client, other }) => {
    await other.create('/a', 'data');
    const reads = follow(Array.from({ length: 1_000 }, () => client.getData('/a')));
    const writes = follow(Array.from({ length: 1_000 }, (_, nth) => client.create(`/n-${nth}`)));
    await closeInTime(client, 1_000);
    await expectAllSettle(reads);
    await expectAllSettle(writes);
    const created = writes.filter((outcome) => outcome !== 'pending' && outcome.status === 'fulfilled').length;
    expect((await other.getChildren('/')).children.length).toBe(created + 1);
  });

  it('ends the session, so that its ephemeral znodes are gone', async ({ client, other }) => {
    await client.create('/mine', '', { mode: 'ephemeral' });
    await closeInTime(client, 1_000);
    expect(await other.exists('/mine')).toBe(null);
  });

  it('ends the session over a connection that it has to make first', async ({ proxy, proxied, other }) => {
    await proxied.create('/mine', '', { mode: 'ephemeral' });
    await away(proxy, proxied);
    const closing = closeInTime(proxied);
    await proxy.accept();
    await closing;
    expect(await other.exists('/mine')).toBe(null);
  });

  it('may be called twice, at once or later', async ({ client }) => {
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

  it('is the last that a watcher hears of, although its own session ends the znode', async ({ client, other }) => {
    const called: string[] = [];
    await client.create('/mine', '', { mode: 'ephemeral' });
    await client.exists('/mine', ({ type }) => called.push(type));
    await client.getChildren('/', ({ type }) => called.push(type));
    await client.close();
    expect(await other.exists('/mine')).toBe(null);
    expect(called).toEqual([]);
  });

  it('called by one watcher keeps the next one of the same event from being called', async ({ client, other }) => {
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
