import { describe, expect } from 'vitest';
import { InvalidArgumentError } from '../../../lib/core/errors.js';
import { setDataRequest } from '../../../lib/protocol/requests.js';
import type { ZooKeeperClient } from '../../../lib/zookeeper/client.js';
import { connectTcp } from '../../../lib/zookeeper/connection/socket.js';
import { makeFakeClient } from '../../../testing/fake-connector.js';
import { it, recordStates } from '../../support/fixtures.js';

type Write = (client: ZooKeeperClient, data: Buffer) => Promise<unknown>;

const writes: Record<string, Write> = {
  'setData()': (client, data) => client.setData('/a', data),
  'create()': (client, data) => client.create('/a/b', data),
  'create() with makePath': (client, data) => client.create('/a/c/d', data, { makePath: true }),
  'a transaction': (client, data) => client.transaction().check('/a', 0).create('/a/e', data).commit(),
  'a transaction of two large halves': (client, data) => {
    const half = data.subarray(0, data.length / 2);
    return client.transaction().create('/a/f', half).create('/a/g', data.subarray(half.length)).commit();
  },
};

const isRefused = (error: unknown): boolean => error instanceof InvalidArgumentError;

async function isTooLarge(write: Write, length: number, chroot: string): Promise<boolean> {
  // A latent client checks the size of a request before it reports that it is not connected.
  const { client } = makeFakeClient(`a:1${chroot}`, { retry: { maxAttempts: 1 } });
  return isRefused(
    await write(client, Buffer.alloc(length)).then(
      () => null,
      (reason: unknown) => reason,
    ),
  );
}

/** The length of the largest data that is not refused. */
async function largest(write: Write, chroot: string): Promise<number> {
  let [accepted, refused] = [0, 2 * 1024 * 1024];
  while (refused - accepted > 1) {
    const middle = Math.floor((accepted + refused) / 2);
    if (await isTooLarge(write, middle, chroot)) refused = middle;
    else accepted = middle;
  }
  return accepted;
}

describe('the largest request', () => {
  for (const [name, write] of Object.entries(writes)) {
    it(`of ${name} is accepted by the server, and one byte more is refused before it is sent`, async ({
      client,
      chroot,
    }) => {
      await client.create('/a');
      const states = recordStates(client);
      const length = await largest(write, chroot);
      const error: unknown = await write(client, Buffer.alloc(length + 1)).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect((error as Error).message).toMatch(/"\/a.*\d{7} bytes.*jute\.maxbuffer/);
      await write(client, Buffer.alloc(length));
      expect(length).toBeGreaterThan(1_048_400);
      expect(states.items).toEqual([]);
    });
  }

  it('is the largest that a server accepts', async ({ client, chroot, port }) => {
    await client.create('/a');
    const length = await largest(writes['setData()'] as Write, chroot);
    const send = (size: number): Promise<string> =>
      new Promise((resolve) => {
        const connection = connectTcp(
          { server: { host: '127.0.0.1', port }, sessionTimeout: 2_000, session: null, lastZxid: 0n, auth: [] },
          {
            opened: () =>
              connection.request(setDataRequest(`${chroot}/a`, Buffer.alloc(size), -1), (error) => {
                connection.destroy();
                resolve(`answered with ${error}`);
              }),
            heard: () => {},
            reached: () => {},
            receiving: () => {},
            event: () => {},
            closed: () => resolve('cut'),
          },
        );
      });
    expect([await send(length), await send(length + 1)]).toEqual(['answered with 0', 'cut']);
  });

  it('of setAcl() is limited, too', async ({ client }) => {
    await client.create('/a');
    const states = recordStates(client);
    const acl = (entries: number) =>
      Array.from({ length: entries }, (_, nth) => ({ perms: 31, scheme: 'ip', id: `10.0.${nth >> 8}.${nth & 255}` }));
    await expect(client.setAcl('/a', acl(60_000))).rejects.toThrow(InvalidArgumentError);
    await expect(client.create('/b', '', { acl: acl(60_000) })).rejects.toThrow(InvalidArgumentError);
    expect((await client.setAcl('/a', [...acl(100), { perms: 31, scheme: 'world', id: 'anyone' }])).aversion).toBe(1);
    expect(states.items).toEqual([]);
  });

  it('of an operation without data is limited by the length of its path', async ({ client }) => {
    const states = recordStates(client);
    const path = `/${'x'.repeat(1024 * 1024)}`;
    for (const call of [client.exists(path), client.getData(path), client.getChildren(path), client.getAcl(path)]) {
      await expect(call).rejects.toThrow(InvalidArgumentError);
    }
    await expect(client.sync(path)).rejects.toThrow(InvalidArgumentError);
    await expect(client.delete(path)).rejects.toThrow(InvalidArgumentError);
    expect(await client.exists('/')).not.toBe(null);
    expect(states.items).toEqual([]);
  });
});

describe('data', () => {
  it('is sent as it was at the time of the call', async ({ client }) => {
    const data = Buffer.from('before');
    const calls = [
      client.create('/a', data),
      client.setData('/a', data),
      client.create('/b/c', data, { makePath: true }),
    ];
    data.fill('x');
    await Promise.all(calls);
    expect((await client.getData('/a')).data.toString()).toBe('before');
    expect((await client.getData('/b/c')).data.toString()).toBe('before');
  });

  it('that waits for a connection is sent as it was at the time of the call', async ({ makeClient }) => {
    const client = makeClient();
    const data = Buffer.from('before');
    const connecting = client.connect();
    const created = client.create('/a', data);
    data.fill('x');
    await Promise.all([connecting, created]);
    expect((await client.getData('/a')).data.toString()).toBe('before');
  });

  it('is returned as a copy that no later reply changes', async ({ client }) => {
    await client.create('/a', 'first');
    const { data } = await client.getData('/a');
    await client.setData('/a', 'other');
    await client.getData('/a');
    expect(data.toString()).toBe('first');
  });
});
