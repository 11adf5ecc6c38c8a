import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { TlsError, ZooKeeperClient, type ZooKeeperClientOptions } from '../../../../index.js';
import { EmbeddedZooKeeper } from '../../../../lib/embedded/index.js';
import { type Certificate, CertificateAuthority } from '../../../../testing/certificates.js';
import { eventually } from '../../../../testing/eventually.js';
import { RecordingLogger } from '../../../../testing/recording-logger.js';

let ca: CertificateAuthority;
let own: Certificate;
const sockets = new Set<Socket>();

beforeAll(async () => {
  ca = await CertificateAuthority.create();
  own = await ca.issue();
  return () => ca[Symbol.asyncDispose]();
});

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});

/** A server that does so with each connection. */
async function serve(server: Server): Promise<number> {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function newClient(
  port: number,
  options: ZooKeeperClientOptions = {},
): { client: ZooKeeperClient; log: RecordingLogger } {
  const log = new RecordingLogger();
  const tls = { ca: ca.cert };
  const client = new ZooKeeperClient(`127.0.0.1:${port}`, { sessionTimeout: 2_000, logger: log, tls, ...options });
  return { client, log };
}

/** The reason for which connect() fails; everything is let go then. */
async function failure(port: number, options?: ZooKeeperClientOptions): Promise<unknown> {
  const { client, log } = newClient(port, options);
  const error = await client.connect({ timeout: 1_500 }).catch((reason: unknown) => reason);
  await eventually(async () => sockets.size === 0);
  await client.close();
  expect(log.items.filter(({ level }) => level === 'warn' || level === 'error').length).toBeLessThan(3);
  return error;
}

const tlsServer = (behave: (socket: Socket) => void): Server => {
  const server = createTlsServer({ cert: own.cert, key: own.key }, behave);
  server.on('tlsClientError', () => {});
  return server;
};

describe('over TLS, a server that', () => {
  it('accepts connections and says nothing is given up in time', async () => {
    expect(await failure(await serve(createServer((socket) => void socket.resume())))).toMatchObject({
      code: 'CONNECT_TIMEOUT',
    });
  });

  it('answers half a TLS handshake is given up in time', async () => {
    const hello = Buffer.from([0x16, 0x03, 0x03, 0x10, 0x00, 0x02, 0x00]);
    const port = await serve(createServer((socket) => void socket.resume().write(hello)));
    expect(await failure(port)).toMatchObject({ code: 'CONNECT_TIMEOUT' });
  });

  it('ends the TLS handshake and then says nothing is given up in time', async () => {
    const port = await serve(tlsServer((socket) => void socket.on('error', () => {}).resume()));
    expect(await failure(port)).toMatchObject({ code: 'CONNECT_TIMEOUT' });
  });

  it.each([1, 2, 3])('sends garbage in place of a handshake is refused with TlsError: try %i', async () => {
    const port = await serve(createServer((socket) => void socket.resume().write(randomBytes(64 * 1024))));
    expect(await failure(port)).toBeInstanceOf(TlsError);
  });

  it('has a certificate for localhost is refused at an IP address, and is sent no name there', async () => {
    const { cert, key } = await ca.issue({ names: ['localhost'] });
    const names: string[] = [];
    const SNICallback = (name: string, done: (error: null) => void): void => {
      names.push(name);
      done(null);
    };
    const server = createTlsServer({ cert, key, SNICallback });
    server.on('tlsClientError', () => {});
    expect(await failure(await serve(server))).toMatchObject({ cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
    expect(names).toEqual([]);
  });

  it('shares no cipher is refused with a hint at `tls.ciphers`: its alert is that for a missing certificate', async () => {
    const [ours, theirs] = ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384'];
    const secured = createTlsServer({ cert: own.cert, key: own.key, ciphers: theirs, maxVersion: 'TLSv1.2' });
    secured.on('tlsClientError', () => {});
    const error = await failure(await serve(secured), { tls: { ca: ca.cert, ciphers: ours } });
    expect(error).toMatchObject({ hint: expect.stringMatching(/`tls\.cert`.*`tls\.ciphers`/) });
  });

  it('floods an established connection with garbage is given up, in bounded memory', async () => {
    let sent = 0;
    const port = await serve(
      tlsServer((socket) => {
        socket.on('error', () => {}).resume();
        const flood = (): void => {
          while (!socket.destroyed && socket.write(randomBytes(256 * 1024))) sent += 256 * 1024;
        };
        socket.on('drain', flood);
        flood();
      }),
    );
    expect(await failure(port)).toMatchObject({ code: 'CONNECT_TIMEOUT' });
    expect(sent).toBeLessThan(256 * 1024 * 1024);
  });

  it('breaks TLS on an open connection is left, and the session is kept', async () => {
    const server = await EmbeddedZooKeeper.start({
      logger: new RecordingLogger(),
      tls: { cert: own.cert, key: own.key },
    });
    let front: Socket | undefined;
    const port = await serve(
      createServer((socket) => {
        const back = connect(server.port, '127.0.0.1');
        back.on('error', () => {});
        back.on('close', () => socket.destroy());
        socket.on('close', () => back.destroy());
        socket.pipe(back).pipe(socket);
        front = socket;
      }),
    );
    const { client } = newClient(port);
    await client.connect();
    const { sessionId } = client;
    front?.write(randomBytes(1_024));
    await eventually(async () => client.state !== 'connected');
    await client.retry(() => client.exists('/'));
    expect(client.sessionId).toBe(sessionId);
    await client.close();
    await server.close();
  });
});

describe('a TLS connection', () => {
  it('carries no byte of plain text, from the first to the last', async () => {
    const server = await EmbeddedZooKeeper.start({
      logger: new RecordingLogger(),
      tls: { cert: own.cert, key: own.key },
      sasl: { users: { alice: 'pl4in-password' } },
    });
    const seen: Buffer[][] = [];
    const port = await serve(
      createServer((socket) => {
        const chunks: Buffer[] = [];
        seen.push(chunks);
        const back = connect(server.port, '127.0.0.1');
        for (const side of [socket, back])
          side.on('data', (bytes: Buffer) => void chunks.push(bytes)).on('error', () => {});
        back.on('close', () => socket.destroy());
        socket.on('close', () => back.destroy());
        socket.pipe(back).pipe(socket);
      }),
    );
    const sasl = { mechanism: 'DIGEST-MD5', username: 'alice', password: 'pl4in-password' } as const;
    const auth = [{ scheme: 'digest', auth: 'bob:pl4in-credentials' }];
    const { client } = newClient(port, { sasl, auth });
    await client.connect();
    await client.create('/pl4in-path', 'pl4in-data');
    server.dropConnections();
    await client.retry(() => client.getData('/pl4in-path'));
    await client.close();
    await server.close();
    expect(seen.length).toBeGreaterThan(1);
    for (const chunks of seen) {
      const bytes = Buffer.concat(chunks).toString('latin1');
      expect(bytes).not.toMatch(/pl4in|alice|zk-sasl/);
      // The first record is of a TLS handshake.
      expect(bytes.slice(0, 2)).toBe('\x16\x03');
    }
  });

  it('lets everything go when the client is closed amid the TLS handshake, or while it waits for the options', async () => {
    const port = await serve(createServer((socket) => void socket.resume()));
    const never = () => new Promise<never>(() => {});
    for (const tls of [{ ca: ca.cert }, never]) {
      const { client } = newClient(port, { tls });
      const connecting = client.connect().catch((reason: unknown) => reason);
      await eventually(async () => sockets.size > 0);
      await client.close();
      expect(await connecting).toMatchObject({ code: 'CLIENT_CLOSED' });
      await eventually(async () => sockets.size === 0);
    }
  });
});
