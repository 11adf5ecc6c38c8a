import { getEventListeners } from 'node:events';
import { describe, expect } from 'vitest';
import { ClientClosedError, ConnectionLossError, ConnectTimeoutError } from '../../../lib/core/errors.js';
import { freePort } from '../../../testing/free-port.js';
import { Recorder } from '../../../testing/recorder.js';
import { Stopwatch } from '../../../testing/stopwatch.js';
import { eventOf } from '../../support/event-of.js';
import { it, recordStates } from '../../support/fixtures.js';

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => null,
    (reason: unknown) => reason,
  );

describe('connect()', () => {
  it('resolves with the connected client', async ({ makeClient }) => {
    const client = makeClient({ sessionTimeout: 2_000 });
    expect([client.state, client.sessionId, client.sessionPassword]).toEqual(['latent', null, null]);
    const states = recordStates(client);
    expect(await client.connect()).toBe(client);
    expect([client.state, client.sessionTimeout, client.sessionPassword?.length]).toEqual(['connected', 2_000, 16]);
    expect(client.sessionId).toBeTypeOf('bigint');
    expect(states.items).toEqual(['connecting', 'connected']);
  });

  it('may be called more than once', async ({ makeClient }) => {
    const client = makeClient();
    const states = recordStates(client);
    await Promise.all([client.connect(), client.connect()]);
    await client.connect();
    expect(states.items).toEqual(['connecting', 'connected']);
  });

  it('adopts the session timeout that the server negotiates', async ({ connect }) => {
    expect((await connect({ sessionTimeout: 1 })).sessionTimeout).toBe(200);
    expect((await connect({ sessionTimeout: 10_000_000 })).sessionTimeout).toBe(60_000);
  });

  it('rejects with ConnectTimeoutError and its cause when no server answers in time', async ({ makeClient }) => {
    const port = await freePort();
    const client = makeClient({ connectString: `127.0.0.1:${port}` });
    const states = recordStates(client);
    const start = performance.now();
    using stopwatch = new Stopwatch();
    const error = await failure(client.connect({ timeout: 300 }));
    const { elapsed } = stopwatch;
    expect(performance.now() - start).toBeGreaterThan(290);
    expect(error).toBeInstanceOf(ConnectTimeoutError);
    expect(error).toMatchObject({ code: 'CONNECT_TIMEOUT', message: expect.stringContaining('300 ms') });
    expect((error as Error).message).toContain(`127.0.0.1:${port}`);
    expect(String((error as Error).cause)).toContain('ECONNREFUSED');
    expect(elapsed).toBeLessThan(1_300);
    expect(client.state).toBe('latent');
    await states.until((all) => all.at(-1) === 'latent');
    expect(states.items).toEqual(['connecting', 'latent']);
  });

  it('can be called again after a failure, and keeps the reads and watchers from before', async ({
    proxy,
    makeClient,
    chroot,
    other,
  }) => {
    const client = makeClient({ connectString: `${proxy.connectString}${chroot}` });
    const events = new Recorder<unknown>();
    proxy.refuse();
    const early = client.connect({ timeout: 200 });
    const registered = client.exists('/a', events.record);
    expect(await failure(early)).toBeInstanceOf(ConnectTimeoutError);
    await proxy.accept();
    await client.connect();
    expect(await registered).toBe(null);
    await other.create('/a');
    expect(await events.untilCount(1)).toEqual([eventOf('NodeCreated', '/a')]);
    await client.close();
  });

  it('that times out does not end a concurrent call with a longer timeout', async ({ proxy, makeClient, chroot }) => {
    const client = makeClient({ connectString: `${proxy.connectString}${chroot}` });
    proxy.refuse();
    const long = client.connect({ timeout: 10_000 });
    expect(await failure(client.connect({ timeout: 50 }))).toBeInstanceOf(ConnectTimeoutError);
    expect(client.state).toBe('connecting');
    await proxy.accept();
    await long;
    expect(client.state).toBe('connected');
    await client.close();
  });

  it('rejects with the reason of the signal, and leaves the client latent', async ({ proxy, makeClient, chroot }) => {
    const client = makeClient({ connectString: `${proxy.connectString}${chroot}` });
    proxy.acceptSilently();
    const controller = new AbortController();
    const reason = new Error('enough');
    const connecting = failure(client.connect({ signal: controller.signal }));
    await proxy.waitForConnections(1);
    controller.abort(reason);
    expect(await connecting).toBe(reason);
    expect(client.state).toBe('latent');
    expect(await failure(client.connect({ signal: controller.signal }))).toBe(reason);
    await proxy.waitForConnections(0);
    await proxy.pass();
    await client.connect();
    await client.close();
  });

  it('removes its listener from the signal', async ({ makeClient }) => {
    const controller = new AbortController();
    const client = makeClient();
    await client.connect({ signal: controller.signal });
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    controller.abort();
    expect(client.state).toBe('connected');
  });

  it('waits for the connection of a suspended client, and its timeout ends only the wait', async ({
    proxy,
    proxied,
  }) => {
    const states = recordStates(proxied);
    proxy.refuse();
    proxy.cut();
    await states.untilCount(1);
    expect(await failure(proxied.connect({ timeout: 50 }))).toBeInstanceOf(ConnectTimeoutError);
    expect(proxied.state).toBe('suspended');
    const connecting = proxied.connect();
    await proxy.accept();
    await connecting;
    expect(states.items).toEqual(['suspended', 'connected']);
  });

  it('rejects with ClientClosedError when close() is called before or during it', async ({ proxy, makeClient }) => {
    const client = makeClient({ connectString: proxy.connectString });
    proxy.acceptSilently();
    const connecting = failure(client.connect());
    await proxy.waitForConnections(1);
    await client.close();
    expect(await connecting).toBeInstanceOf(ClientClosedError);
    expect(await failure(client.connect())).toBeInstanceOf(ClientClosedError);
    expect(client.state).toBe('closed');
  });
});

describe('a client that was never connected', () => {
  it('rejects operations with a ConnectionLossError that says to call connect()', async ({ makeClient }) => {
    const client = makeClient({ retry: { maxAttempts: 1 } });
    const calls = [
      client.exists('/a'),
      client.getData('/a'),
      client.getChildren('/a'),
      client.create('/a'),
      client.setData('/a', ''),
      client.delete('/a'),
      client.getAcl('/a'),
      client.setAcl('/a', [{ perms: 31, scheme: 'world', id: 'anyone' }]),
      client.sync('/a'),
      client.transaction().create('/a').commit(),
      client.deleteRecursive('/a'),
      client.ensurePath('/a'),
    ];
    for (const error of await Promise.all(calls.map(failure))) {
      expect(error).toBeInstanceOf(ConnectionLossError);
      expect(error).toMatchObject({ message: expect.stringContaining('call connect() first') });
      expect((error as Error).message).toContain('nothing was sent');
    }
  });

  it('answers reads that were issued before connect(), within the retry policy', async ({ makeClient }) => {
    const client = makeClient();
    const read = client.exists('/');
    await client.connect();
    expect(await read).toMatchObject({ version: 0 });
  });
});
