import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { outcome, pass } from '../../../../testing/passing-time.js';
import { connected, play, T } from './read-only-servers.js';

describe('the session of a client with the option readOnly', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('asks for its session alone, when it is closed without a connection: a reader could not end it', async () => {
    const { client, network, change } = play({ a: 'quorum', b: 'down' });
    await connected(client);
    change('a', 'down');
    const before = network.connections.items.length;
    const closing = client.close();
    await pass(2_000);
    await closing;
    const later = network.connections.items.slice(before);
    expect(later.length).toBeGreaterThan(2);
    expect(later.map(({ options }) => options.mayOnlyRead)).not.toContain(true);
  });

  it('is ended over its connection to a server that was asked as a reader, and has a quorum', async () => {
    const { client, network, change } = play({ a: 'down' });
    const connecting = client.connect();
    await pass(1);
    change('a', 'quorum');
    await pass(100);
    await connecting;
    expect([network.last.options.mayOnlyRead, client.state]).toEqual([true, 'connected']);
    const write = client.setData('/a', 'x');
    const closing = client.close();
    network.last.named('setData')[0]?.answer({});
    network.last.named('closeSession')[0]?.answer();
    await closing;
    await expect(write).resolves.toEqual({});
  });

  it('is asked for again, while it may be alive, after a try that was not answered', async () => {
    const { client, network, change, passServed } = play({ a: 'quorum', b: 'down' });
    await connected(client);
    await passServed(T / 10);
    change('a', 'alone');
    await pass(300);
    expect(client.state).toBe('read-only');
    const before = network.connections.items.length;
    network.onConnection = () => {};
    await passServed(0.6 * T);
    expect([client.state, network.connections.items.length - before]).toEqual(['read-only', 2]);
    void client.close();
    await pass(2_000);
  });

  it('goes over to its new connection with nothing left of the reader: what is in flight there is rejected', async () => {
    const played = play({ a: 'quorum', b: 'down' });
    const { client, network, change } = played;
    await connected(client);
    change('a', 'alone');
    await pass(300);
    expect(client.state).toBe('read-only');
    const write = outcome(client.setData('/a', 'x').catch(({ code }) => code));
    change('b', 'quorum');
    await pass(500);
    expect([write.value, network.last.server, network.last.destroyed]).toEqual(['CONNECTION_LOSS', 'b:1', false]);
    void client.close();
    await pass(2_000);
  });

  it('carries no transaction of a server without a quorum to those of the quorum: they would refuse it', async () => {
    const { client, network } = play({ a: 'quorum' });
    await connected(client);
    network.onConnection = (connection) => {
      if (!connection.options.mayOnlyRead) return connection.end('refused');
      connection.hear(9n);
      connection.open({ isReadOnly: true });
    };
    network.last.end('failed');
    await pass(1_000);
    expect(client.state).toBe('read-only');
    const asked = network.connections.items.filter(({ options }) => !options.mayOnlyRead);
    expect(asked.at(-1)?.options.lastZxid).toBe(5n);
    void client.close();
    await pass(2_000);
  });

  it('loses its session by the clock of the quorum, although a server without one was heard later', async () => {
    const { client, states, change, passServed } = play({ a: 'quorum' });
    await connected(client);
    await passServed(T / 10);
    change('a', 'alone');
    await passServed(0.6 * T);
    expect(states.at(-1)).toBe('read-only');
    change('a', 'down');
    await pass(0.5 * T);
    expect(states.slice(2)).toEqual(['suspended', 'read-only', 'suspended', 'lost']);
    void client.close();
    await pass(2_000);
  });
});
