import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DataWatch } from '../../../../index.js';
import { pass } from '../../../../testing/passing-time.js';
import { connected, play, T } from './read-only-servers.js';

describe('a client with the option readOnly', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('connects to a server of the quorum, when there is one', async () => {
    const { client, network, states } = play({ a: 'alone', b: 'quorum', c: 'alone' });
    const connecting = client.connect();
    await pass(50);
    await connecting;
    expect(states).toEqual(['connecting', 'connected']);
    expect(network.connections.items.map(({ options }) => options.mayOnlyRead)).not.toContain(true);
    void client.close();
    await pass(T);
  });

  it('resolves connect() at a server without a quorum, when each server was asked for a session in vain', async () => {
    const { client, network, states } = play({ a: 'alone', b: 'down', c: 'down' });
    await connected(client);
    expect(states).toEqual(['connecting', 'read-only']);
    expect(client.server).toEqual({ host: 'a', port: 1 });
    expect(client.sessionId).toBeNull();
    const before = network.connections.items.slice(0, 3);
    expect(before.map(({ options }) => options.mayOnlyRead)).toEqual([false, false, false]);
    await client.close();
  });

  it('goes on without the option as before: nobody reads at a server without a quorum', async () => {
    const { client, network } = play({ a: 'alone' }, { readOnly: false });
    const connecting = client.connect({ timeout: T });
    connecting.catch(() => {});
    await pass(T);
    await expect(connecting).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
    expect(network.connections.items.some(({ options }) => options.mayOnlyRead)).toBe(false);
    await client.close();
  });

  it('takes its session over to the first server of the quorum that it finds, and leaves the other one', async () => {
    const played = play({ a: 'quorum', b: 'down' });
    const { client, states, change, passServed } = played;
    await connected(client);
    const { sessionId } = client;
    await passServed(T / 10);
    change('a', 'alone');
    await pass(500);
    expect(states.at(-1)).toBe('read-only');
    expect(client.sessionId).toBe(sessionId);
    const reader = played.served;
    expect(reader.options.session).toBeNull();
    change('b', 'quorum');
    await passServed(0.75 * T);
    expect(states).toEqual(['connecting', 'connected', 'suspended', 'read-only', 'connected']);
    expect(client.server).toEqual({ host: 'b', port: 1 });
    expect(client.sessionId).toBe(sessionId);
    expect(reader.destroyed).toBe(true);
    void client.close();
    await pass(T);
  });

  it('loses its session by the clock, whatever a server without a quorum answers, and gets a new one later', async () => {
    const played = play({ a: 'quorum' });
    const { client, states, change, passServed } = played;
    await connected(client);
    const { sessionId } = client;
    await passServed(T / 10);
    change('a', 'alone');
    await passServed(0.9 * T);
    expect(states).toEqual(['connecting', 'connected', 'suspended', 'read-only']);
    await passServed(0.5 * T);
    expect(states).toEqual(['connecting', 'connected', 'suspended', 'read-only', 'lost', 'read-only']);
    expect(client.sessionId).toBeNull();
    change('a', 'quorum');
    await pass(1_000);
    expect(states.slice(6)).toEqual(['suspended', 'connected']);
    expect(client.sessionId).not.toBe(sessionId);
    void client.close();
    await pass(T);
  });

  it('hears of the session’s expiry from a server of the quorum', async () => {
    const played = play({ a: 'quorum', b: 'down' });
    const { client, network, states, change, passServed } = played;
    await connected(client);
    await passServed(T / 10);
    change('a', 'alone');
    await pass(500);
    const serve = network.onConnection;
    network.onConnection = (connection) => {
      if (connection.server === 'b:1' && connection.options.session) connection.end('expired');
      else serve(connection);
    };
    change('b', 'quorum');
    await passServed(0.75 * T);
    expect(states).toEqual(['connecting', 'connected', 'suspended', 'read-only', 'lost', 'connected']);
    void client.close();
    await pass(T);
  });

  it('does not keep a second session that a server gives which has a quorum by then', async () => {
    const played = play({ a: 'quorum' });
    const { client, network, change } = played;
    await connected(client);
    const { sessionId } = client;
    const serve = network.onConnection;
    network.onConnection = (connection) => {
      if (connection.options.mayOnlyRead) change('a', 'quorum');
      serve(connection);
    };
    change('a', 'alone');
    await pass(1_500);
    expect(network.connections.items.some(({ options }) => options.mayOnlyRead)).toBe(true);
    expect([client.state, client.sessionId]).toEqual(['connected', sessionId]);
    void client.close();
    await pass(T);
  });

  it('sends requests to the server that only reads, and passes its refusal of a write on', async () => {
    const played = play({ a: 'alone' });
    const { client, data } = played;
    await connected(client);
    const read = client.getData('/x');
    const write = client.setData('/x', 'y');
    write.catch(() => {});
    await pass(1);
    const [get, set] = played.served.requests.items;
    get?.answer({ data, stat: {} });
    set?.refuse(-119);
    await pass(1);
    expect((await read).data).toEqual(data);
    await expect(write).rejects.toMatchObject({ code: 'NOT_READ_ONLY', retryable: true });
    await client.close();
  });

  it('reads at a server without a quorum for its watches, which are stale until a quorum is back', async () => {
    const played = play({ a: 'alone' });
    const { client, data } = played;
    await connected(client);
    const calls: unknown[] = [];
    const resynced = vi.fn();
    const watch = new DataWatch(client, '/x', (found) => calls.push(found?.toString())).on('resynced', resynced);
    await pass(1);
    const stat = { mzxid: 4n, czxid: 4n, pzxid: 4n };
    played.served.requests.last?.answer({ data, stat }, 5n);
    await pass(1);
    expect([calls, watch.status, resynced.mock.calls.length]).toEqual([['x'], 'stale', 0]);
    played.change('a', 'quorum');
    await pass(1_000);
    played.served.named('setWatches')[0]?.answer();
    await pass(1);
    expect(client.state).toBe('connected');
    watch.stop();
    void client.close();
    await pass(T);
  });

  it('reads everything again when the server has shown what the quorum may never have had', async () => {
    const played = play({ a: 'quorum', b: 'down' });
    const { client, change, setZxid, passServed } = played;
    await connected(client);
    const { epoch } = client;
    for (const [zxid, epochs] of [
      [5n, 0],
      [6n, 1],
    ] as const) {
      setZxid(zxid);
      change('a', 'alone');
      await passServed(1_200);
      expect(client.state).toBe('read-only');
      played.served.hear(zxid);
      setZxid(5n);
      change('a', 'quorum');
      await passServed(1_200);
      expect([client.state, client.epoch - epoch]).toEqual(['connected', epochs]);
      expect(played.served.options.lastZxid).toBe(5n);
    }
    void client.close();
    await pass(T);
  });

  it('ends its session at a server of the quorum, or waits no longer than close() waits', async () => {
    const played = play({ a: 'quorum' });
    const { client, change } = played;
    await connected(client);
    change('a', 'alone');
    await pass(500);
    expect(client.state).toBe('read-only');
    const closed = vi.fn();
    void client.close().then(closed);
    await pass(500);
    expect(closed).not.toHaveBeenCalled();
    change('a', 'quorum');
    await pass(600);
    expect(played.served.named('closeSession')).toHaveLength(1);
    await pass(2_000);
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it('leaves no timer and no connection behind, when it is closed while it scouts', async () => {
    const { client, network, states, change, passServed } = play({ a: 'alone', b: 'down' });
    await connected(client);
    network.onConnection = () => {};
    change('b', 'quorum');
    await passServed(1_200);
    expect(states.at(-1)).toBe('read-only');
    while (network.last.destroyed) await passServed(T / 10);
    expect(network.last.options.mayOnlyRead).toBe(false);
    await client.close();
    expect(network.connections.items.filter(({ destroyed }) => !destroyed)).toEqual([]);
    await pass(60_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('writes nothing about its tries at the level of warnings', async () => {
    const { client, logger, passServed } = play({ a: 'alone', b: 'down' });
    await connected(client);
    await passServed(20_000);
    expect(logger.messages('warn')).toEqual([]);
    await client.close();
  });
});
