import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClientClosedError, InvalidArgumentError } from '../../../../index.js';
import { makeFakeClient } from '../../../../testing/fake-connector.js';
import { outcome, pass } from '../../../../testing/passing-time.js';

const T = 3_000;

/** A client of the server a, with a session, and of servers that all give one. */
async function connected(connectString = 'a:1', chroot = '') {
  const { client, network } = makeFakeClient(`${connectString}${chroot}`);
  const states: string[] = [];
  client.on('state', (state) => states.push(state));
  network.onConnection = (connection) => connection.open();
  const connecting = client.connect();
  await pass(1);
  await connecting;
  return { client, network, states };
}

describe('setServers()', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('stays at the present server when it is among the new ones', async () => {
    const { client, network, states } = await connected();
    client.setServers('b:1,a:1');
    await pass(100);
    expect([network.connections.items.length, states]).toEqual([1, ['connecting', 'connected']]);
    network.last.end('failed');
    await pass(1_000);
    expect(client.state).toBe('connected');
    void client.close();
    await pass(T);
  });

  it('moves the session to a new server when the present one is not among them', async () => {
    const { client, network, states } = await connected();
    const { sessionId } = client;
    client.setServers('b:1');
    await pass(1_000);
    expect(network.connections.items.map(({ server, destroyed }) => [server, destroyed])).toEqual([
      ['a:1', true],
      ['b:1', false],
    ]);
    expect(network.last.options.session?.id).toBe(sessionId);
    expect(states).toEqual(['connecting', 'connected', 'suspended', 'connected']);
    expect(client.server).toEqual({ host: 'b', port: 1 });
    void client.close();
    await pass(T);
  });

  it('lets the requests in flight be answered first, and sends those that follow to the new server', async () => {
    const { client, network } = await connected();
    const first = client.setData('/x', 'one');
    client.setServers('b:1');
    const second = client.setData('/x', 'two');
    await pass(100);
    expect(network.connections.items).toHaveLength(1);
    expect(network.last.requests.items).toHaveLength(1);
    network.last.requests.last?.answer({});
    await first;
    await pass(1_000);
    expect(network.last.server).toBe('b:1');
    network.last.requests.last?.answer({});
    await second;
    void client.close();
    await pass(T);
  });

  it('stays, and sends on, when the present server is among the servers again before the requests are answered', async () => {
    const { client, network, states } = await connected();
    const first = client.setData('/x', 'one');
    client.setServers('b:1');
    const second = client.setData('/x', 'two');
    client.setServers('b:1,a:1');
    await pass(1);
    expect(network.last.requests.items).toHaveLength(2);
    for (const request of network.last.requests.items) request.answer({});
    await Promise.all([first, second]);
    await pass(1_000);
    expect([network.connections.items.length, states]).toEqual([1, ['connecting', 'connected']]);
    client.setServers('b:1');
    await pass(1_000);
    expect(network.last.server).toBe('b:1');
    void client.close();
    await pass(T);
  });

  it('leaves the end of the session to the old server when the client is closed meanwhile', async () => {
    const { client, network } = await connected();
    const write = client.setData('/x', 'one');
    client.setServers('b:1');
    const closing = outcome(client.close().then(() => 'closed'));
    const [first, second] = network.last.requests.items;
    first?.answer({});
    await write;
    second?.answer();
    await pass(1);
    expect([closing.value, network.connections.items.length]).toEqual(['closed', 1]);
  });

  it('does not wait for a request that the old server never answers', async () => {
    const { client, network } = await connected();
    const first = client.setData('/x', 'one');
    first.catch(() => {});
    client.setServers('b:1');
    await pass(2 * T);
    await expect(first).rejects.toMatchObject({ code: 'CONNECTION_LOSS' });
    expect(network.last.server).toBe('b:1');
    void client.close();
    await pass(T);
  });

  it('counts before connect(), while a connection is being made, and during an outage', async () => {
    const { client, network } = makeFakeClient('a:1');
    client.setServers('b:1');
    const connecting = client.connect({ timeout: 60_000 });
    await pass(1);
    expect(network.last.server).toBe('b:1');
    client.setServers('c:1');
    await pass(1_000);
    expect(network.connections.items[0]?.destroyed).toBe(true);
    expect(network.last.server).toBe('c:1');
    network.last.end('failed');
    client.setServers('d:1');
    network.onConnection = (connection) => connection.open();
    await pass(1_000);
    await connecting;
    expect(client.server).toEqual({ host: 'd', port: 1 });
    void client.close();
    await pass(T);
  });

  it('goes to none but the new servers when the old one was to be asked for another session', async () => {
    const { client, network } = await connected();
    network.onConnection = () => {};
    network.last.end('failed');
    await pass(1_000);
    network.last.end('failed');
    await pass(1_000);
    const tried = network.connections.items.length;
    network.last.end('expired');
    client.setServers('b:1');
    network.onConnection = (connection) => connection.open();
    await pass(500);
    expect(network.connections.items.slice(tried).map(({ server }) => server)).toEqual(['b:1']);
    expect(client.server).toEqual({ host: 'b', port: 1 });
    void client.close();
    await pass(T);
  });

  it('gives up the search for a quorum at a server that is not among the new ones', async () => {
    const { client, network } = makeFakeClient('a:1,b:1', { readOnly: true });
    network.onConnection = (connection) => {
      if (connection.server !== 'a:1') return;
      if (connection.options.mayOnlyRead) connection.open({ isReadOnly: true });
      else connection.end('refused');
    };
    void client.connect();
    const isTried = (): boolean => client.state === 'read-only' && network.last.server === 'b:1';
    for (let passed = 0; passed < 3 * T && !isTried(); passed += 10) await pass(10);
    const tried = network.last;
    client.setServers('a:1,c:1');
    tried.open();
    await pass(1);
    expect([tried.server, tried.destroyed, client.state]).toEqual(['b:1', true, 'read-only']);
    void client.close();
    await pass(T);
  });

  it('refuses a malformed connect string and another chroot, and changes nothing then', async () => {
    const { client, network } = await connected('a:1', '/app');
    for (const servers of ['', 'b:1', 'b:1/', 'b:1/other', 'b:70000/app', 7 as unknown as string]) {
      expect(() => client.setServers(servers), String(servers)).toThrow(InvalidArgumentError);
    }
    await pass(1_000);
    expect(network.connections.items).toHaveLength(1);
    client.setServers('b:1/app');
    await pass(1_000);
    expect(network.last.server).toBe('b:1');
    void client.close();
    await pass(T);
    expect(() => client.setServers('b:1/app')).toThrow(ClientClosedError);
  });
});
