import { describe, expect } from 'vitest';
import { ConnectionLossError, type Stat, type Transaction, type ZooKeeperClient } from '../../../index.js';
import { BlobStorage } from '../../../recipes/blobs/index.js';
import { BLOBS } from '../../../recipes/blobs/limits.js';
import { eventually } from '../../../testing/eventually.js';
import type { FaultProxy } from '../../../testing/fault-proxy.js';
import { LostMessage } from '../../../testing/lost-message.js';
import { replaceProperty } from '../../../testing/replace-property.js';
import { expireSession } from '../../../testing/session-killer.js';
import { bytesOf, storedParts, untilClean } from '../../support/blobs.js';
import { type Fixtures, it, recordStates } from '../../support/fixtures.js';
import { withMethods } from '../../support/with-methods.js';

const SMALL = { chunkSize: 100, inlineLimit: 10, grace: 0 };
const LOST = ['request', 'answer'] as const;

/**
 * Calls back with each message of an operation lost, until the operation has no more messages. Each time with another
 * client: one that has just lost a connection waits before it makes the next.
 */
async function loseEach(
  { connect, proxy, chroot }: Pick<Fixtures, 'connect' | 'proxy' | 'chroot'>,
  what: 'request' | 'answer',
  run: (blobs: BlobStorage, name: string) => Promise<void>,
): Promise<number> {
  for (let index = 1; ; index += 1) {
    const client = await connect({ connectString: `${proxy.connectString}${chroot}` });
    const lost = new LostMessage(proxy, index, what);
    await run(new BlobStorage(client, SMALL), `the ${what} of request ${index} is lost`);
    proxy.transform(null, 'to-server');
    proxy.transform(null, 'to-client');
    await client.close();
    if (!lost.isLost) return index - 1;
  }
}

/** A transaction that is committed and rejects. */
function withLostAnswer(transaction: Transaction, onLost: () => void): Transaction {
  const commit = transaction.commit.bind(transaction);
  transaction.commit = async () => {
    await commit();
    onLost();
    throw new ConnectionLossError('the answer is lost');
  };
  return transaction;
}

describe('B3: put settles with the truth', () => {
  it.for(LOST)('wherever a(n) %s is lost', async (what, { connect, proxy, chroot, other }) => {
    let seed = 0;
    const requests = await loseEach({ connect, proxy, chroot }, what, async (blobs, name) => {
      for (const [id, size] of [
        ['large', 250],
        [`new/${seed}`, 120],
      ] as const) {
        seed += 1;
        const bytes = bytesOf(size, seed);
        const info = await blobs.put(id, bytes);
        const stored = await new BlobStorage(other).get(id);
        expect(stored?.info, `${name}, ${id}`).toEqual(info);
        expect(await stored?.read(), `${name}, ${id}`).toEqual(bytes);
      }
    });
    expect(requests).toBeGreaterThan(15);
    await new BlobStorage(other).collectGarbage({ grace: 0 });
    const { generations, markers } = await storedParts(other);
    const infos = [];
    for await (const info of new BlobStorage(other).list()) if (info.size > 10) infos.push(info.etag);
    expect(markers).toEqual([]);
    expect(generations).toEqual(infos.sort());
  });

  it.for(LOST)(
    'with a condition, wherever a(n) %s is lost: each counts once',
    async (what, { connect, proxy, chroot, other }) => {
      let count = 0;
      await loseEach({ connect, proxy, chroot }, what, async (blobs, name) => {
        await blobs.file('counter').update((old) => String(Number(old ?? 0) + 1));
        count += 1;
        expect(await new BlobStorage(other).file('counter').readText(), name).toBe(String(count));
      });
      expect(count).toBeGreaterThan(5);
    },
  );

  it.for(LOST)('of a deletion, wherever a(n) %s is lost', async (what, { connect, proxy, chroot, other }) => {
    const writer = new BlobStorage(other, SMALL);
    await loseEach({ connect, proxy, chroot }, what, async (blobs, name) => {
      await writer.put('a/b', bytesOf(250));
      expect(await blobs.delete('a/b'), name).toBe(true);
      expect(await blobs.info('a/b'), name).toBeNull();
      expect(await other.exists('/blobs/m/a'), name).toBeNull();
    });
    await writer.collectGarbage({ grace: 0 });
    await untilClean(other);
  });

  it.for([
    { name: 'replaced', change: (blobs: BlobStorage) => blobs.put('a', 'by another') },
    { name: 'deleted', change: (blobs: BlobStorage) => blobs.delete('a') },
  ])(
    'when the answer to its commit is lost, the blob is $name by another client, and the session expires',
    async ({ change }, { proxied, proxy, port, other }) => {
      // Nothing is removed meanwhile: requests are counted.
      const blobs = new BlobStorage(proxied, { ...SMALL, grace: 60_000 });
      const rival = new BlobStorage(other, SMALL);
      for (const size of [7, 250]) {
        const { etag } = await blobs.put('a', 'before');
        const commit = await indexOfCommit(proxied, proxy, () => blobs.put('b', bytesOf(size), { ifNoneMatch: '*' }));
        await blobs.delete('b');
        await proxied.sync('/');
        const states = recordStates(proxied);
        const lost = new LostMessage(proxy, commit, 'answer', () => proxy.refuse());
        const put = blobs.put('a', bytesOf(size), { ifMatch: etag });
        await states.until((seen) => seen.includes('suspended'));
        expect(lost.isLost).toBe(true);
        const written = await rival.info('a');
        expect(written?.size).toBe(size);
        await change(rival);
        await expireSession(proxied, port);
        await proxy.accept();
        // Its own generation has stood: it is not written a second time, and no condition of it has failed.
        expect(await put).toEqual(written);
        expect(await rival.info('a')).not.toEqual(written);
      }
    },
  );

  it('begins again when the session is lost before the commit', async ({ connect, proxy, chroot, port, other }) => {
    const connectString = `${proxy.connectString}${chroot}`;
    const first = await connect({ connectString });
    const blobs = new BlobStorage(first, SMALL);
    await blobs.put('a', 'before');
    const commit = await indexOfCommit(first, proxy, () => blobs.put('a', bytesOf(250)));
    for (let index = 1; index <= commit; index += 1) {
      const client = await connect({ connectString });
      const states = recordStates(client);
      const lost = new LostMessage(proxy, index, 'request', () => proxy.refuse());
      const put = new BlobStorage(client, SMALL).put('a', bytesOf(250, index));
      await states.until((seen) => seen.includes('suspended'));
      expect(lost.isLost).toBe(true);
      await expireSession(client, port);
      await proxy.accept();
      const info = await put;
      expect(await new BlobStorage(other).info('a')).toEqual(info);
      expect(await new BlobStorage(other).file('a').read()).toEqual(bytesOf(250, index));
      await client.close();
    }
  });

  it('of a server that has caught up: one that lags shows nothing of the commit', async ({ client, other }) => {
    let isBehind = false;
    const lagging = withMethods(client, {
      sync: async (path) => {
        await client.sync(path);
        isBehind = false;
      },
      exists: async (path) => {
        const stat = await client.exists(path);
        if (isBehind && path.startsWith('/blobs/r/')) return null;
        return isBehind && path.startsWith('/blobs/u/') ? ({} as Stat) : stat;
      },
      transaction: () =>
        withLostAnswer(client.transaction(), () => {
          isBehind = true;
        }),
    });
    const blobs = new BlobStorage(lagging, SMALL);
    for (const size of [7, 250]) {
      const info = await blobs.put('a', bytesOf(size));
      expect(await new BlobStorage(other).info('a')).toEqual(info);
    }
    expect(await blobs.delete('a')).toBe(true);
  });

  it('of a commit that nobody can ask for any more it does not know, and removes nothing', async ({
    client,
    other,
  }) => {
    const restore = replaceProperty(BLOBS, 'patience', 0);
    let isDown = false;
    const requests: string[] = [];
    const lossy = new Proxy(client, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        if (key !== 'transaction')
          return async (...args: unknown[]) => {
            requests.push(`${String(key)} ${args[0]}`);
            const isLost = isDown;
            // The connection is back after the commit was given up.
            if (key === 'delete') isDown = false;
            if (isLost && ['sync', 'delete'].includes(String(key))) throw new ConnectionLossError('it is down');
            return value.apply(target, args);
          };
        return () =>
          withLostAnswer(target.transaction(), () => {
            isDown = true;
          });
      },
    });
    try {
      const put = new BlobStorage(lossy, SMALL).put('a', bytesOf(250));
      await expect(put).rejects.toBeInstanceOf(ConnectionLossError);
      await eventually(() => requests.filter((request) => request.startsWith('delete /blobs/u/')).length === 2);
      await eventually(() => requests.at(-1)?.startsWith('exists /blobs/r/') === true);
      // A request that followed the answer would be among them.
      for (let syncs = 0; syncs < 2; syncs += 1) await client.sync('/');
      expect(requests.at(-1)).toMatch('exists /blobs/r/');
      expect(await new BlobStorage(other).file('a').read()).toEqual(bytesOf(250));
    } finally {
      restore();
    }
  });

  it('rejects a stream, which cannot begin again, retryable and with nothing changed', async ({
    proxied,
    proxy,
    port,
    other,
  }) => {
    const blobs = new BlobStorage(proxied, SMALL);
    const states = recordStates(proxied);
    new LostMessage(proxy, 3, 'request', () => proxy.refuse());
    const put = blobs.put('a', new Blob([bytesOf(1_000)]).stream());
    put.catch(() => {});
    await states.until((seen) => seen.includes('suspended'));
    await expireSession(proxied, port);
    await proxy.accept();
    await expect(put).rejects.toMatchObject({ code: 'SESSION_EXPIRED', retryable: true });
    expect(await new BlobStorage(other).info('a')).toBeNull();
    await untilClean(other);
  });
});

/** The index of the request that commits, of those of a put. */
async function indexOfCommit(client: ZooKeeperClient, proxy: FaultProxy, put: () => Promise<unknown>): Promise<number> {
  const MULTI = 14;
  // Requests of before, whose answers nobody awaits, are not to be counted.
  await client.sync('/');
  let [requests, commit] = [0, 0];
  proxy.transform((frame) => {
    if (frame.readInt32BE(0) >= 0) requests += 1;
    if (frame.readInt32BE(4) === MULTI) commit = requests;
    return frame;
  }, 'to-server');
  await put();
  proxy.transform(null, 'to-server');
  return commit;
}
