import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, vi } from 'vitest';
import { EmbeddedZooKeeper } from '../../../../lib/embedded/index.js';
import { collectGarbage } from '../../../../testing/collect-garbage.js';
import { eventually } from '../../../../testing/eventually.js';
import { RawSession } from '../../../../testing/raw-session.js';
import { RecordingLogger } from '../../../../testing/recording-logger.js';
import { useCertificates } from '../../../support/certificates.js';
import { it } from '../../../support/embedded-fixtures.js';
import { frameOf, HostileClient, handshakeFrame, ints } from '../../../support/hostile-client.js';

const certificates = useCertificates();

const DAY = 24 * 60 * 60 * 1_000;
const text = (value: string): Buffer => Buffer.from(value, 'latin1');
/** The head of a TLS record with a handshake of 512 bytes, and the first bytes of its ClientHello. */
const HALF_HELLO = text('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');

function serverTls() {
  const { server, ca } = certificates;
  return { cert: server.cert, key: server.key, ca };
}

function aliceTls() {
  const { ca, alice } = certificates;
  return { ca, cert: alice.cert, key: alice.key };
}

const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

/** A client that stops in the middle of its handshake: it has the server's answer to its ClientHello. */
class HalfHandshake extends Duplex {
  readonly tcp: Socket;
  readonly tls: TLSSocket;
  readonly hungUp: Promise<unknown>;
  received = 0;
  #flights = 0;
  #release: (() => void) | null = null;

  constructor(port: number, options: object) {
    super();
    this.tcp = connectTcp({ port, host: '127.0.0.1' });
    this.hungUp = new Promise((resolve) => this.tcp.once('close', resolve));
    this.tcp.on('error', () => {});
    this.tcp.on('close', () => this.destroy());
    this.tcp.on('data', (chunk) => {
      this.received += chunk.length;
      this.push(chunk);
    });
    this.tls = connect({ socket: this, ...aliceTls(), ...options });
    this.tls.on('error', () => {});
  }

  /** Resolves once it has something to send that it holds back. */
  async untilHalf(): Promise<void> {
    await eventually(() => this.#release !== null, { describe: 'the second flight of the handshake' });
  }

  /** Sends the rest. */
  release(): void {
    this.#release?.();
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#flights += 1;
    const send = (): void => {
      this.tcp.write(chunk);
      done();
    };
    if (this.#flights === 2) this.#release = send;
    else send();
  }
}

async function half(port: number, options: object = {}): Promise<HalfHandshake> {
  const client = new HalfHandshake(port, options);
  await client.untilHalf();
  return client;
}

async function expectServed(port: number): Promise<void> {
  await using session = await RawSession.open(port, { tls: aliceTls() });
  expect((await session.ping())?.error).toBe(0);
  await session.close();
}

describe('at a port with TLS', () => {
  it.for([
    { name: 'the handshake of a client without TLS', bytes: () => handshakeFrame() },
    { name: 'an HTTP request', bytes: () => text('GET / HTTP/1.1\r\n\r\n') },
    { name: 'zeros', bytes: () => Buffer.alloc(1_000) },
    { name: 'high bytes', bytes: () => Buffer.alloc(1_000, 0xff) },
    {
      name: 'a record that is too long',
      bytes: () => Buffer.concat([text('\x16\x03\x01\xff\xff'), Buffer.alloc(70_000)]),
    },
    { name: 'a ClientHello of garbage', bytes: () => Buffer.concat([HALF_HELLO, Buffer.alloc(600, 0x5a)]) },
    { name: 'an alert', bytes: () => text('\x15\x03\x01\x00\x02\x02\x28') },
  ])(
    '$name ends the connection without a byte of ZooKeeper, with one line for all of its kind',
    async ({ bytes }, { start, logger }) => {
      const { port } = await start({ tls: serverTls() });
      for (let round = 0; round < 3; round += 1) {
        const client = await HostileClient.connect(port);
        client.send(bytes());
        await client.closed;
        // An alert of TLS at most.
        expect([undefined, 0x15]).toContain(client.received[0]);
      }
      await logger.until(() => logger.messages('warn').length > 0);
      await expectServed(port);
      expect(logger.messages('warn')).toEqual([expect.stringMatching(/in its TLS handshake: /)]);
      expect(logger.messages('error')).toEqual([]);
    },
  );

  it('a flood of connections leaves neither sockets nor memory behind, and one line for each kind', async ({
    start,
    logger,
  }) => {
    const server = await start({ tls: serverTls() });
    await expectServed(server.port);
    const before = sockets();
    const flood = async (): Promise<void> => {
      const garbage = Array.from({ length: 100 }, async (_, index) => {
        const client = await HostileClient.connect(server.port);
        client.send(Buffer.alloc(20_000, index % 2 ? 0 : 0xff));
        await client.closed;
      });
      const resets = Array.from({ length: 100 }, async () => {
        const client = await HostileClient.connect(server.port);
        client.send(HALF_HELLO);
        client.socket.resetAndDestroy();
        await client.closed;
      });
      await Promise.all([...garbage, ...resets]);
      await eventually(() => sockets() <= before, { describe: `${before} sockets as before` });
    };
    await flood();
    collectGarbage();
    const used = process.memoryUsage();
    for (let round = 0; round < 3; round += 1) await flood();
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    // Each of 600 connections that stayed would hold more than 20 kB.
    expect(heapUsed + external - used.heapUsed - used.external).toBeLessThan(5_000_000);
    await expectServed(server.port);
    expect(logger.messages('warn').length).toBeLessThanOrEqual(3);
  });

  it('a client that hangs up in its handshake is no warning', async ({ start, logger }) => {
    const { port } = await start({ tls: serverTls() });
    for (const bytes of [Buffer.alloc(0), HALF_HELLO]) {
      const client = await HostileClient.connect(port);
      client.send(bytes);
      client.socket.end();
      await client.closed;
    }
    await logger.until(() => logger.messages('info').some((line) => line.endsWith('the client hung up')));
    await expectServed(port);
    expect(logger.messages('warn')).toEqual([]);
  });

  it('garbage in place of a handshake of ZooKeeper, or of a request, ends the connection as without TLS', async ({
    start,
    logger,
  }) => {
    const { port } = await start({ tls: serverTls() });
    for (const bytes of [ints(2 ** 31 - 1), Buffer.concat([handshakeFrame(), frameOf(1, 99)])]) {
      const socket = connect({ port, host: '127.0.0.1', ...aliceTls() });
      socket.on('data', () => {});
      socket.write(bytes);
      await once(socket, 'close');
    }
    await logger.until(() => logger.messages('warn').length === 2);
    expect(logger.messages('warn')).toEqual([
      expect.stringContaining('its handshake is malformed: a frame of 2147483647 bytes'),
      expect.stringContaining('it requested the unknown operation 99'),
    ]);
  });

  it('a reset after the handshake lets the connection go', async ({ start }) => {
    const server = await start({ tls: serverTls() });
    const tcp = connectTcp({ port: server.port, host: '127.0.0.1' });
    const socket = connect({ socket: tcp, ...aliceTls() });
    socket.on('error', () => {});
    socket.write(handshakeFrame());
    await once(socket, 'data');
    tcp.resetAndDestroy();
    // It resolves once all sockets are closed.
    await server.stop();
  });
});

describe('in the middle of a TLS handshake', () => {
  it.for(['TLSv1.2', 'TLSv1.3'] as const)(
    'freeze() leaves the client without an answer until thaw(), in %s',
    async (maxVersion, { start }) => {
      const server = await start({ tls: serverTls() });
      const client = await half(server.port, { maxVersion });
      const { received } = client;
      server.freeze();
      client.release();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(client.received).toBe(received);
      server.thaw();
      await eventually(() => client.received > received, { describe: 'the rest of the handshake' });
      client.tls.destroy();
      client.tcp.destroy();
    },
  );

  it.for<[string, (server: EmbeddedZooKeeper) => unknown]>([
    ['dropConnections()', (server) => server.dropConnections()],
    ['stop()', (server) => server.stop()],
    ['restart()', (server) => server.restart()],
    ['close()', (server) => server.close()],
    ['stop() of a frozen server', (server) => [server.freeze(), server.stop()][1]],
  ])('%s ends the connection, without a warning', async ([, end], { start, logger }) => {
    const server = await start({ tls: serverTls() });
    const client = await half(server.port);
    const silent = await HostileClient.connect(server.port);
    silent.send(HALF_HELLO);
    await end(server);
    await Promise.all([client.hungUp, silent.closed]);
    client.tls.destroy();
    expect(logger.messages('warn')).toEqual([]);
  });
});

describe('a connection that its client keeps open', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.for([
    { name: 'nothing', bytes: Buffer.alloc(0) },
    { name: 'three letters of a word', bytes: text('ruo') },
    { name: 'half a ClientHello', bytes: HALF_HELLO },
  ])('and on which it sends $name is cut after 10 s, with one line for all of them', async ({ bytes }) => {
    const logger = new RecordingLogger();
    await using server = await EmbeddedZooKeeper.start({ tls: serverTls(), logger });
    const clients = [await HostileClient.connect(server.port), await HostileClient.connect(server.port)];
    for (const client of clients) client.send(bytes);
    await expectServed(server.port);
    await vi.advanceTimersByTimeAsync(4_000);
    // More bytes do not prolong it.
    for (const client of clients) if (bytes.length > 10) client.send(Buffer.alloc(1));
    expect(logger.messages('warn')).toEqual([]);
    await vi.advanceTimersByTimeAsync(12_000);
    await Promise.all(clients.map(({ closed }) => closed));
    expect(logger.messages('warn')).toEqual([
      expect.stringMatching(/^the embedded server ended .* in its TLS handshake: it was not done within 10 s$/),
    ]);
  });

  it('is not cut because the clock is set', async () => {
    const logger = new RecordingLogger();
    await using server = await EmbeddedZooKeeper.start({ tls: serverTls(), logger });
    const client = await HostileClient.connect(server.port);
    await expectServed(server.port);
    vi.setSystemTime(Date.now() + DAY);
    await vi.advanceTimersByTimeAsync(6_000);
    await expectServed(server.port);
    expect([client.socket.closed, logger.messages('warn')]).toEqual([false, []]);
    client.socket.destroy();
  });

  it('is not cut while the server is frozen', async () => {
    const logger = new RecordingLogger();
    await using server = await EmbeddedZooKeeper.start({ tls: serverTls(), logger });
    const client = await HostileClient.connect(server.port);
    await expectServed(server.port);
    server.freeze();
    await vi.advanceTimersByTimeAsync(200_000);
    expect(client.socket.closed).toBe(false);
    server.thaw();
    await vi.advanceTimersByTimeAsync(6_000);
    await client.closed;
  });
});
