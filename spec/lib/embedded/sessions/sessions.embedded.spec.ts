import { describe, expect } from 'vitest';
import { eventually } from '../../../../testing/eventually.js';
import { RawSession } from '../../../../testing/raw-session.js';
import { it } from '../../../support/embedded-fixtures.js';

describe('the session timeout', () => {
  it.for([
    [1, 40],
    [-5, 40],
    [41, 41],
    [10_000, 10_000],
    [3_600_000, 60_000],
  ] as const)('of %s ms is granted as %s ms', async ([asked, granted], { server }) => {
    await using session = await RawSession.open(server.port, { timeout: asked });
    expect(session.handshake?.sessionTimeout).toBe(granted);
  });

  it('has configurable bounds', async ({ start }) => {
    const server = await start({ minSessionTimeout: 300, maxSessionTimeout: 500 });
    await using short = await RawSession.open(server.port, { timeout: 1 });
    await using long = await RawSession.open(server.port, { timeout: 60_000 });
    expect([short.handshake?.sessionTimeout, long.handshake?.sessionTimeout]).toEqual([300, 500]);
  });

  it('is limited to 20 ticks when that is more than a minute', async ({ start }) => {
    const server = await start({ tickTime: 5_000 });
    await using session = await RawSession.open(server.port, { timeout: 3_600_000 });
    expect(session.handshake?.sessionTimeout).toBe(100_000);
  });

  it('ends a silent session within two ticks after it has passed', async ({ start, client }) => {
    const server = await start({ tickTime: 50 });
    await using session = await RawSession.open(server.port, { timeout: 400 });
    const opened = performance.now();
    await session.untilHungUp();
    const lived = performance.now() - opened;
    expect(lived).toBeGreaterThan(390);
    expect(lived).toBeLessThan(400 + 2 * 50 + 100);
    expect(client.state).toBe('connected');
  });

  it('starts again with every ping', async ({ start }) => {
    const server = await start({ tickTime: 20 });
    await using session = await RawSession.open(server.port, { timeout: 300 });
    const opened = performance.now();
    while (performance.now() - opened < 700) {
      await session.ping();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(session.closed).toBe(false);
  });

  it('is negotiated again by a connection that resumes the session', async ({ server }) => {
    await using first = await RawSession.open(server.port, { timeout: 10_000 });
    const { sessionId = 0n, password } = first.handshake ?? {};
    await using second = await RawSession.open(server.port, {
      sessionId,
      password: password ?? Buffer.alloc(0),
      timeout: 100,
    });
    expect(second.handshake?.sessionTimeout).toBe(100);
    await second.untilHungUp();
  });
});

describe('sessions', () => {
  it('expire without a connection, and their ephemerals are deleted', async ({ server, client, connect }) => {
    const other = await connect({ sessionTimeout: 200 });
    await other.create('/member', '', { mode: 'ephemeral' });
    server.freeze(other.sessionId ?? 0n);
    await eventually(async () => (await client.exists('/member')) === null);
  });

  it('have unique ids', async ({ server }) => {
    const ids = new Set<bigint>();
    for (let count = 0; count < 100; count += 1) {
      await using session = await RawSession.open(server.port);
      ids.add(session.handshake?.sessionId ?? 0n);
    }
    expect(ids.size).toBe(100);
    expect([...ids].every((id) => id > 0n)).toBe(true);
  });
});

describe('containers and TTL znodes', () => {
  it('are deleted once they are empty or their time has passed', async ({ start, connect }) => {
    const server = await start({ containerCheckInterval: 30 });
    await using session = await RawSession.open(server.port);
    const acl = [{ perms: 31, scheme: 'world', id: 'anyone' }];
    await session.request('createContainer', { path: '/container', data: null, acl, flags: 4 });
    await session.request('createContainer', { path: '/unused', data: null, acl, flags: 4 });
    await session.request('createTtl', { path: '/short', data: null, acl, flags: 5, ttl: 50n });
    await session.request('createTtl', { path: '/long', data: null, acl, flags: 5, ttl: 100_000n });
    await session.request('createTtl', { path: '/parent', data: null, acl, flags: 5, ttl: 50n });
    await session.request('create', { path: '/parent/child', data: null, acl, flags: 0 });
    await session.request('create', { path: '/container/child', data: null, acl, flags: 0 });
    const client = await connect({ connectString: server.connectString });
    await eventually(async () => (await client.exists('/short')) === null);
    expect(await client.exists('/container')).not.toBeNull();
    await client.delete('/container/child');
    await eventually(async () => (await client.exists('/container')) === null);
    const { children } = await client.getChildren('/');
    expect(children.sort()).toEqual(['long', 'parent', 'unused', 'zookeeper']);
  });
});
