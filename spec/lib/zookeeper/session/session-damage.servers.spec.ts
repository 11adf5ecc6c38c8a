import { setInterval } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { ConnectionLossError } from '../../../../lib/core/errors.js';
import { Recorder } from '../../../../testing/recorder.js';
import { eventOf } from '../../../support/event-of.js';
import { it, recordStates } from '../../../support/fixtures.js';

const LARGE = Buffer.alloc(500_000, 'large ');

describe('a connection that is cut in the middle', () => {
  it.for([1, 21, 250_000, 499_999])(
    'of a large reply, after %i bytes, is replaced, and the read is answered',
    async (bytes, { proxy, proxied, other }) => {
      await other.create('/large', LARGE);
      await proxied.sync('/');
      const states = recordStates(proxied);
      const { sessionId } = proxied;
      proxy.cutAfter(bytes, 'to-client');
      expect((await proxied.getData('/large')).data.equals(LARGE)).toBe(true);
      expect(states.items).toEqual(['suspended', 'connected']);
      expect(proxied.sessionId).toBe(sessionId);
    },
  );

  it('of its handshake is replaced', async ({ proxy, makeClient, chroot }) => {
    const client = makeClient({ connectString: `${proxy.connectString}${chroot}` });
    proxy.cutAfter(20, 'to-client');
    await client.connect();
    expect(proxy.accepted).toBe(2);
    expect((await client.exists('/'))?.version).toBe(0);
    await client.close();
  });

  it('of a large request applies nothing, and the write rejects because its outcome is unknown', async ({
    proxy,
    proxied,
    other,
  }) => {
    await other.create('/large', 'small');
    await proxied.sync('/');
    const states = recordStates(proxied);
    proxy.cutAfter(100_000, 'to-server');
    const error = await proxied.setData('/large', LARGE).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionLossError);
    expect(error).toMatchObject({ path: '/large', message: expect.stringContaining('unknown') });
    await states.until((all) => all.at(-1) === 'connected');
    expect((await proxied.getData('/large')).data.toString()).toBe('small');
  });

  it('of a read request is replaced, and the read is answered', async ({ proxy, proxied }) => {
    proxy.cutAfter(100_000, 'to-server');
    expect(await proxied.exists(`/${'long'.repeat(50_000)}`)).toBe(null);
    expect(proxy.accepted).toBe(2);
  });

  it('of a notification still reports the change, once', async ({ proxy, proxied, other }) => {
    const events = new Recorder<unknown>();
    await proxied.exists('/a', events.record);
    const states = recordStates(proxied);
    proxy.cutAfter(30, 'to-client');
    await other.create('/a');
    await events.untilCount(1);
    await states.until((all) => all.at(-1) === 'connected');
    await proxied.sync('/');
    expect(events.items).toEqual([eventOf('NodeCreated', '/a')]);
  });
});

describe('a network that delivers single bytes', () => {
  it('carries requests, replies and notifications', async ({ proxy, makeClient, chroot, other }) => {
    proxy.singleBytes(true);
    const client = makeClient({ connectString: `${proxy.connectString}${chroot}` });
    await client.connect();
    const events = new Recorder<unknown>();
    await client.create('/a', 'first');
    const { data, stat } = await client.getData('/a', events.record);
    expect([data.toString(), stat.version]).toEqual(['first', 0]);
    await other.setData('/a', 'second');
    expect(await events.untilCount(1)).toEqual([eventOf('NodeDataChanged', '/a')]);
    await client.close();
  });
});

describe('a client that only receives notifications', () => {
  it('keeps its session for three session timeouts', async ({ connect, other }) => {
    const sessionTimeout = 1_000;
    const client = await connect({ sessionTimeout });
    const { sessionId } = client;
    const paths = Array.from({ length: 2_000 }, (_, nth) => `/node-${nth}`);
    const events = new Recorder<string>();
    await Promise.all(paths.map((path) => client.exists(path, (event) => events.record(event.path))));
    const states = recordStates(client);
    const created: string[] = [];
    const done = performance.now() + 3 * sessionTimeout;
    for await (const _tick of setInterval(20)) {
      const path = paths[created.length] as string;
      await other.create(path);
      created.push(path);
      if (performance.now() > done) break;
    }
    await events.untilCount(created.length);
    expect(events.items).toEqual(created);
    expect(states.items).toEqual([]);
    expect(client.sessionId).toBe(sessionId);
    expect(await client.exists(created[0] as string)).toMatchObject({ version: 0 });
  });
});

describe('an event loop blocked for longer than a server may be silent', () => {
  it('does not end a connection whose answer waits in the socket', async ({ client }) => {
    const states = recordStates(client);
    const read = client.exists('/');
    // The request is sent before the loop blocks; the answer arrives while it is blocked.
    await new Promise((resolve) => setImmediate(resolve));
    const until = performance.now() + client.sessionTimeout * 0.75;
    while (performance.now() < until);
    expect((await read)?.version).toBe(0);
    await client.sync('/');
    expect(states.items).toEqual([]);
  });

  it('does not end a connection over which no ping could be sent', async ({ client }) => {
    const states = recordStates(client);
    await client.sync('/');
    const until = performance.now() + client.sessionTimeout * 0.75;
    while (performance.now() < until);
    // The late timer runs, and the decision after it, before any request is sent.
    await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setImmediate(resolve));
    await client.sync('/');
    expect(states.items).toEqual([]);
  });
});
