import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.js';
import { FaultProxy } from '../../testing/fault-proxy.js';
import { fourLetterWord } from '../../testing/four-letter-word.js';
import { freePort } from '../../testing/free-port.js';
import { Wire, WireServer } from '../../testing/wire.js';
import { sharedServer } from '../support/test-server.js';

describe('FaultProxy', () => {
  let server: WireServer;
  let proxy: FaultProxy;
  const opened: Wire[] = [];

  beforeEach(async () => {
    server = await WireServer.listen();
    proxy = await FaultProxy.listen({ port: server.port });
  });

  afterEach(async () => {
    for (const wire of opened.splice(0)) wire.socket.destroy();
    await proxy.close();
    await server[Symbol.asyncDispose]();
  });

  async function open(): Promise<Wire> {
    const wire = await Wire.to(proxy.port);
    opened.push(wire);
    return wire;
  }

  async function openBoth(): Promise<{ client: Wire; remote: Wire }> {
    const client = await open();
    return { client, remote: await server.wire(server.wires.items.length + 1) };
  }

  const swallowed = (bytes: number): Promise<void> => eventually(() => proxy.swallowed === bytes);

  it('passes bytes both ways', async () => {
    const { client, remote } = await openBoth();
    client.send('question');
    await remote.untilReceived('question');
    remote.send('answer');
    await client.untilReceived('answer');
  });

  it('can stand before a real server', async () => {
    await using real = await FaultProxy.listen(sharedServer());
    expect(await fourLetterWord(real.port, 'ruok')).toBe('imok');
  });

  it('listens on IPv6 too', async () => {
    await using other = await FaultProxy.listen({ port: server.port }, { host: '::1' });
    expect(other.connectString).toBe(`[::1]:${other.port}`);
  });

  it('counts the connections that are open, and all that ever were', async () => {
    const first = await open();
    await open();
    await proxy.waitForConnections(2);
    first.socket.end();
    await proxy.waitForConnections(1);
    expect(proxy.accepted).toBe(2);
  });

  it('hands on the last bytes before a closing', async () => {
    const { client, remote } = await openBoth();
    remote.socket.end('farewell');
    await client.closed;
    expect(client.received.toString()).toBe('farewell');
    await proxy.waitForConnections(0);
  });

  it('cuts both sides and takes new connections', async () => {
    const { client, remote } = await openBoth();
    proxy.cut();
    expect(proxy.connectionCount).toBe(0);
    await Promise.all([client.closed, remote.closed]);
    expect(client.errors.items).toEqual([]);
    await openBoth();
  });

  it('cuts with a reset when asked to', async () => {
    const { client } = await openBoth();
    proxy.cut('rst');
    await client.closed;
    expect(client.errors.last?.code).toBe('ECONNRESET');
  });

  it('refuses new connections and keeps the open ones, until it accepts again', async () => {
    const { client, remote } = await openBoth();
    proxy.refuse();
    await expect(Wire.to(proxy.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    client.send('still here');
    await remote.untilReceived('still here');
    await proxy.accept();
    await openBoth();
  });

  it('loses everything in a black hole, and pass() cuts the connections that lost something', async () => {
    const { client, remote } = await openBoth();
    const idle = await openBoth();
    proxy.blackHole();
    client.send('1234');
    remote.send('567');
    await swallowed(7);
    expect([client.socket.closed, remote.socket.closed]).toEqual([false, false]);
    await proxy.pass();
    await Promise.all([client.closed, remote.closed]);
    expect([client.received.length, remote.received.length]).toEqual([0, 0]);
    idle.client.send('unharmed');
    await idle.remote.untilReceived('unharmed');
  });

  it('loses only the direction asked for', async () => {
    const { client, remote } = await openBoth();
    proxy.blackHole('to-client');
    remote.send('lost');
    await swallowed(4);
    client.send('heard');
    await remote.untilReceived('heard');
    expect(client.received.length).toBe(0);
  });

  it('loses the closing of a connection in a black hole', async () => {
    const { client, remote } = await openBoth();
    proxy.blackHole('to-client');
    remote.socket.end();
    client.send('still there?');
    await remote.untilReceived('still there?');
    expect(client.socket.readableEnded).toBe(false);
    await proxy.pass();
    await client.closed;
  });

  it('accepts new connections into a black hole, and never shows them to the server', async () => {
    proxy.blackHole();
    const client = await open();
    client.send('anybody?');
    await swallowed(8);
    expect(server.wires.items).toEqual([]);
    await proxy.pass();
    await client.closed;
  });

  it('accepts silently, while open connections work on', async () => {
    const { client, remote } = await openBoth();
    proxy.acceptSilently();
    const silent = await open();
    silent.send('hello?');
    await swallowed(6);
    client.send('as ever');
    await remote.untilReceived('as ever');
    expect(server.wires.items.length).toBe(1);
    await proxy.pass();
    await silent.closed;
    expect(client.socket.closed).toBe(false);
  });

  it('splits what it forwards into single bytes', async () => {
    const { client, remote } = await openBoth();
    proxy.singleBytes(true);
    remote.send('one by one');
    await client.untilReceived('one by one');
    expect(client.chunks.items.map((chunk) => chunk.length)).toEqual(Array(10).fill(1));
  });

  it('changes one byte, once, and passes the rest', async () => {
    const { client, remote } = await openBoth();
    proxy.corruptAfter(3, 'to-client');
    remote.send('aa');
    await client.untilReceived('aa');
    remote.send('aaa');
    await client.untilReceived('aaa`a');
    client.send('aaaa');
    await remote.untilReceived('aaaa');
  });

  it('changes no byte after it passes again', async () => {
    const { client, remote } = await openBoth();
    proxy.corruptAfter(0, 'to-client');
    await proxy.pass();
    remote.send('aa');
    await client.untilReceived('aa');
  });

  it('delays what it forwards, in order, until it passes again', async () => {
    const { client, remote } = await openBoth();
    proxy.delay(10);
    remote.send('late, ');
    await client.untilReceived('late, ');
    proxy.delay(600_000);
    remote.send('later');
    remote.socket.end();
    await proxy.pass();
    await client.closed;
    expect(client.received.toString()).toBe('late, later');
  });

  it('cuts after a number of bytes, once', async () => {
    const first = await openBoth();
    proxy.cutAfter(6, 'to-client');
    first.remote.send('1234');
    await first.client.untilReceived('1234');
    first.remote.send('5678');
    await Promise.all([first.client.closed, first.remote.closed]);
    expect(first.client.received.toString()).toBe('123456');
    const second = await openBoth();
    second.remote.send('all of it');
    await second.client.untilReceived('all of it');
  });

  it('cuts the way to the server too', async () => {
    const { client, remote } = await openBoth();
    proxy.cutAfter(2, 'to-server');
    client.send('1234');
    await Promise.all([client.closed, remote.closed]);
    expect(remote.received.toString()).toBe('12');
  });

  it('rewrites and drops frames from the server, after the handshake', async () => {
    const { client, remote } = await openBoth();
    proxy.transform((body) => (body.toString() === 'b' ? null : Buffer.from(`<${body}>`)));
    remote.send('\0\0\0\x01a\0\0\0\x01b\0\0\0\x01c\0\0\0\x01');
    await client.untilReceived('\0\0\0\x01a\0\0\0\x03<c>');
    proxy.transform(null);
    remote.send('d');
    await client.untilReceived('\0\0\0\x01a\0\0\0\x03<c>\0\0\0\x01d');
  });

  it('survives a server that is not there', async () => {
    await using lonely = await FaultProxy.listen({ port: await freePort() });
    const client = await Wire.to(lonely.port);
    await client.closed;
    await lonely.waitForConnections(0);
  });

  it('survives a reset from either side', async () => {
    const first = await openBoth();
    first.client.socket.resetAndDestroy();
    await first.remote.closed;
    const second = await openBoth();
    second.remote.socket.resetAndDestroy();
    await second.client.closed;
    await proxy.waitForConnections(0);
  });

  it('closes more than once, and cuts everything', async () => {
    const { client, remote } = await openBoth();
    await proxy.close();
    await proxy.close();
    await Promise.all([client.closed, remote.closed]);
    await expect(Wire.to(proxy.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
