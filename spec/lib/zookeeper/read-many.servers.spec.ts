import { describe, expect } from 'vitest';
import { NoAuthError, NoNodeError, ReplyTooLargeError, type ZnodeRead, ZooKeeperClient } from '../../../index.js';
import { clientTransport } from '../../../testing/transport.js';
import { it, recordStates } from '../../support/fixtures.js';
import { startServer } from '../../support/test-server.js';

const isRead = (result: unknown): result is ZnodeRead =>
  typeof result === 'object' && result !== null && 'data' in result;

/** Creates znodes of several sizes with children, and returns all paths. */
async function createTree(client: ZooKeeperClient, parents: number, children: number): Promise<string[]> {
  const all: string[] = [];
  for (let nth = 0; nth < parents; nth += 1) {
    const parent = `/parent-${nth}`;
    await client.create(parent, Buffer.alloc(nth * 7, parent));
    const paths = Array.from({ length: children }, (_, child) => `${parent}/child-${child}`);
    await Promise.all(paths.map((path) => client.create(path, path)));
    all.push(parent, ...paths);
  }
  return all;
}

describe('readMany()', () => {
  it('returns what getData and getChildren return for each znode', async ({ client, other }) => {
    const paths = ['/', ...(await createTree(other, 8, 120)), '/größe-日本'];
    await other.create('/größe-日本', 'größe');
    await client.sync('/');
    const read = await client.readMany(paths);
    const singly = await Promise.all(
      paths.map(async (path) => {
        const [found, { children }] = await Promise.all([client.getData(path), client.getChildren(path)]);
        return { ...found, children };
      }),
    );
    expect(read).toEqual(singly);
    const withoutData = await client.readMany(paths, { data: false });
    expect(withoutData).toEqual(singly.map((each) => ({ ...each, data: Buffer.alloc(0) })));
  });

  it('takes few requests', async () => {
    // The server that all specs share counts the requests of others too.
    const server = await startServer();
    const client = new ZooKeeperClient(`127.0.0.1:${server.port}`, clientTransport());
    await client.connect();
    const paths = await createTree(client, 10, 100);
    const sent = async () => Number(/Received: (\d+)/.exec(await server.fourLetterWord('srvr'))?.[1]);
    const before = await sent();
    await client.readMany(paths);
    // Pings, the two words, and 1,010 znodes: at most 10, 20, 40, ... of them in one request.
    expect((await sent()) - before).toBeLessThan(40);
    await client.close();
    await server.stop();
  });

  it.for([true, false])('has the error of each znode in its place (data: %o)', async (data, { client, other }) => {
    await other.create('/a', 'of a');
    await other.create('/secret', 'hidden', { acl: [{ perms: 2, scheme: 'world', id: 'anyone' }] });
    await client.sync('/');
    const results = await client.readMany(['/missing', '/secret', '/a', '/missing'], { data });
    expect(results).toEqual([
      ...[expect.any(NoNodeError), expect.any(NoAuthError)],
      { data: Buffer.from(data ? 'of a' : ''), stat: expect.objectContaining({ version: 0 }), children: [] },
      expect.any(NoNodeError),
    ]);
    const message = expect.stringMatching(/^(readMany|getChildren) \/missing: NO_NODE/);
    expect(results[0]).toMatchObject({ path: '/missing', message });
  });

  it('reads the configuration of the ensemble', async ({ connect, port }) => {
    const client = await connect({ connectString: `127.0.0.1:${port}` });
    expect((await client.readMany(['/zookeeper/config', '/zookeeper'])).every(isRead)).toBe(true);
  });

  it('arms no watch', async () => {
    // The server that all specs share has watches of others too.
    const server = await startServer();
    const client = new ZooKeeperClient(`127.0.0.1:${server.port}`, clientTransport());
    await client.connect();
    await client.create('/a');
    await client.readMany(['/a', '/']);
    await client.readMany(['/a', '/'], { data: false });
    const watches = /Watch count: \d+|Total watches:\d+/.exec(await server.fourLetterWord('wchs'))?.[0];
    expect(watches).toMatch(/: ?0$/);
    await client.close();
    await server.stop();
  });

  it('has data and children of each znode from one state of it', async ({ client, other }) => {
    await other.create('/a', '0');
    let isOver = false;
    const change = async () => {
      for (let count = 1; !isOver; count += 1) {
        await other.transaction().setData('/a', String(count)).create(`/a/${count}`).commit();
      }
    };
    const changing = change();
    for (let round = 0; round < 200; round += 1) {
      const results = await client.readMany(['/a', '/a', '/a']);
      for (const result of results) {
        if (!isRead(result)) throw result;
        expect([result.children.length, result.stat.numChildren]).toEqual([Number(result.data), Number(result.data)]);
      }
    }
    isOver = true;
    await changing;
  });

  it('reads by smaller requests what does not fit into a reply, and has the error of what never does', async ({
    connect,
    other,
  }) => {
    const client = await connect({ maxReplySize: 100_000 });
    const sizes = [...new Array(30).fill(30_000), 150_000, ...new Array(9).fill(10)];
    await Promise.all(sizes.map((size, nth) => other.create(`/n${nth}`, Buffer.alloc(size, nth))));
    await client.sync('/');
    const results = await client.readMany(sizes.map((_, nth) => `/n${nth}`));
    for (const [nth, result] of results.entries()) {
      if (nth === 30) expect(result).toBeInstanceOf(ReplyTooLargeError);
      else expect((result as ZnodeRead).data.equals(Buffer.alloc(sizes[nth] as number, nth))).toBe(true);
    }
    expect(client.state).toBe('connected');
  });

  it('goes on over a cut', async ({ proxied, proxy, other }) => {
    const paths = await createTree(other, 20, 100);
    await proxied.sync('/');
    const states = recordStates(proxied);
    let frames = 0;
    proxy.transform((frame) => {
      frames += 1;
      if (frames === 6) proxy.cut();
      return frame;
    });
    const results = await proxied.readMany(paths);
    expect(results.every(isRead)).toBe(true);
    expect(states.items).toEqual(['suspended', 'connected']);
  });

  it('moves lastZxid', async ({ client, other }) => {
    const { pzxid } = (await other.exists('/')) ?? { pzxid: 0n };
    await other.create('/a');
    await client.sync('/');
    await client.readMany(['/a']);
    const { czxid } = (await other.exists('/a')) ?? { czxid: 0n };
    expect(client.lastZxid).toBeGreaterThanOrEqual(czxid);
    expect(czxid).toBeGreaterThan(pzxid);
    expect(other.lastZxid).toBeGreaterThanOrEqual(czxid);
  });
});
