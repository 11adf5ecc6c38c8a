import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, vi } from 'vitest';
import { DataWatch, InvalidArgumentError } from '../../../index.js';
import { EmbeddedZooKeeper, type EmbeddedZooKeeperOptions } from '../../../lib/embedded/index.js';
import { CreateFlags } from '../../../lib/protocol/create-flags.js';
import { RawSession } from '../../../testing/raw-session.js';
import { Recorder } from '../../../testing/recorder.js';
import { Wire } from '../../../testing/wire.js';
import { it } from '../../support/embedded-fixtures.js';
import { recordStates } from '../../support/fixtures.js';
import { rejectionOf } from '../../support/rejection.js';

const OPEN = [{ perms: 31, scheme: 'world', id: 'anyone' }];

describe('start', () => {
  it('listens on a free loopback port and has a connect string', async ({ server, connect }) => {
    expect(server.port).toBeGreaterThan(0);
    expect(server.connectString).toBe(`127.0.0.1:${server.port}`);
    expect((await connect()).state).toBe('connected');
  });

  it('takes less than 50 ms', async ({ start }) => {
    await start();
    const times: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const before = performance.now();
      await start();
      times.push(performance.now() - before);
    }
    expect(Math.min(...times)).toBeLessThan(50);
  });

  it('rejects with the port that is taken', async ({ start, server }) => {
    const error = await rejectionOf(start({ port: server.port }));
    expect(error).toMatchObject({ code: 'LISTEN_FAILED' });
    expect(String(error)).toContain(`127.0.0.1:${server.port}`);
  });

  it('rejects with an address that does not belong to this machine', async ({ start }) => {
    const error = await rejectionOf(start({ host: '192.0.2.1' }));
    expect(error).toMatchObject({ code: 'LISTEN_FAILED' });
    expect(String(error)).toContain('192.0.2.1');
  });

  it('warns about an address that other hosts can reach, and has a usable connect string', async ({
    start,
    connect,
    logger,
  }) => {
    const open = await start({ host: '0.0.0.0' });
    expect(logger.messages('warn').join()).toMatch(/0\.0\.0\.0.*every host that reaches it can change all data/);
    expect((await connect({ connectString: open.connectString })).state).toBe('connected');
  });

  it.for(['127.0.0.1', '127.0.0.2', 'localhost', '::1'])('does not warn about %s', async (host, { start, logger }) => {
    const server = await start({ host });
    expect(logger.messages('warn')).toEqual([]);
    expect(server.connectString).toBe(host === '::1' ? `[::1]:${server.port}` : `${host}:${server.port}`);
  });

  it.for<[string, unknown]>([
    ['port', -1],
    ['port', 65_536],
    ['port', 1.5],
    ['port', '2181'],
    ['host', ''],
    ['host', 7],
    ['tickTime', 0],
    ['tickTime', Number.NaN],
    ['tickTime', '100'],
    ['minSessionTimeout', -1],
    ['maxSessionTimeout', 1],
    ['containerCheckInterval', 0],
    ['dataDir', ''],
    ['dataDir', 7],
    ['ports', 2181],
  ])('refuses %s %s', async ([name, value]) => {
    const error = await rejectionOf(EmbeddedZooKeeper.start({ [name]: value } as EmbeddedZooKeeperOptions));
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(String(error)).toContain(name);
  });

  it('can run several independent servers in one process', async ({ start, connect }) => {
    const [first, second] = [await start(), await start()];
    const [one, two] = [
      await connect({ connectString: first.connectString }),
      await connect({ connectString: second.connectString }),
    ];
    await one.create('/a');
    expect(await two.exists('/a')).toBeNull();
  });
});

describe('stop and restart', () => {
  it('keep the port, the data and the sessions', async ({ server, client }) => {
    const { port } = server;
    const { sessionId } = client;
    await client.create('/a', 'kept');
    await client.create('/member', '', { mode: 'ephemeral' });
    const states = recordStates(client);
    await server.stop();
    await states.until((seen) => seen.includes('suspended'));
    await server.restart();
    await states.until((seen) => seen.at(-1) === 'connected');
    expect([server.port, client.sessionId]).toEqual([port, sessionId]);
    expect(String((await client.getData('/a')).data)).toBe('kept');
    expect((await client.exists('/member'))?.ephemeralOwner).toBe(sessionId);
  });

  it('refuse connections in between', async ({ server }) => {
    await server.stop();
    const error = await rejectionOf(Wire.to(server.port));
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('start the timeout of every session again', async ({ server, connect }) => {
    const client = await connect({ sessionTimeout: 400 });
    const { sessionId } = client;
    await client.create('/member', '', { mode: 'ephemeral' });
    await server.stop();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await server.restart();
    const other = await connect();
    expect((await other.exists('/member'))?.ephemeralOwner).toBe(sessionId);
  });

  it('leave no timer when a session is expired in between', async ({ server }) => {
    await using owner = await RawSession.open(server.port);
    await owner.request('createContainer', { path: '/container', data: null, acl: OPEN, flags: CreateFlags.container });
    await server.stop();
    await owner.untilHungUp();
    vi.useFakeTimers();
    try {
      server.expireSession(owner.handshake?.sessionId ?? 0n);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('let a watch see changes from before and after', async ({ server, client, connect }) => {
    const values = new Recorder<string>();
    await client.create('/a', '0');
    await new DataWatch(client, '/a', (data) => values.record(String(data))).ready;
    const other = await connect();
    await server.restart();
    await other.retry(() => other.setData('/a', '1'));
    await values.until((seen) => seen.at(-1) === '1');
  });

  it('can be called in any order, any number of times', async ({ server, connect }) => {
    await Promise.all([server.stop(), server.restart(), server.stop(), server.stop(), server.restart()]);
    await server.restart();
    expect((await connect()).state).toBe('connected');
  });

  it('reject when the port was taken meanwhile, and can be repeated', async ({ server, connect }) => {
    await server.stop();
    const thief = createServer().listen(server.port, '127.0.0.1');
    await once(thief, 'listening');
    expect(await rejectionOf(server.restart())).toMatchObject({ code: 'LISTEN_FAILED' });
    thief.close();
    await once(thief, 'close');
    await server.restart();
    expect((await connect()).state).toBe('connected');
  });

  it('thaw a frozen server', async ({ server, client }) => {
    server.freeze();
    await server.restart();
    await client.retry(() => client.create('/a'));
    expect(client.state).toBe('connected');
  });
});

describe('close', () => {
  it('cuts all connections and is idempotent', async ({ server }) => {
    const wire = await Wire.to(server.port);
    await Promise.all([server.close(), server.close()]);
    await wire.closed;
    await server.close();
    expect(await rejectionOf(Wire.to(server.port))).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('is final', async ({ server }) => {
    await server.close();
    await server.stop();
    expect(await rejectionOf(server.restart())).toMatchObject({ code: 'SERVER_CLOSED' });
  });

  it('happens at the end of an `await using` scope', async ({ start }) => {
    let port = 0;
    {
      await using server = await start();
      port = server.port;
    }
    expect(await rejectionOf(Wire.to(port))).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('works on a frozen server', async ({ server, client }) => {
    server.freeze();
    const created = client.create('/a');
    await server.close();
    expect(await rejectionOf(created)).toMatchObject({ code: 'CONNECTION_LOSS' });
  });
});
