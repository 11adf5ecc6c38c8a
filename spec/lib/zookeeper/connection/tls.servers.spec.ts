import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it as test } from 'vitest';
import {
  DataWatch,
  TlsError,
  type TlsOptions,
  ZooKeeperClient,
  type ZooKeeperClientOptions,
} from '../../../../index.js';
import { type Certificate, CertificateAuthority } from '../../../../testing/certificates.js';
import { Recorder } from '../../../../testing/recorder.js';
import { RecordingLogger } from '../../../../testing/recording-logger.js';
import { sharedServer, startServer, type TestServer } from '../../../support/test-server.js';

let ca: CertificateAuthority;
let foreign: CertificateAuthority;
let alice: Certificate;
let server: TestServer;
let tls: TlsOptions;

beforeAll(async () => {
  [ca, foreign] = await Promise.all([
    CertificateAuthority.create(),
    CertificateAuthority.create('/O=Foreign/CN=Foreign CA'),
  ]);
  alice = await ca.issue({ subject: '/O=Example/CN=alice' });
  server = await startServer({ tls: { certificate: await ca.issue(), ca } });
  tls = { ca: ca.cert, cert: alice.cert, key: alice.key };
});

afterAll(async () => {
  await server.stop();
  await Promise.all([ca[Symbol.asyncDispose](), foreign[Symbol.asyncDispose]()]);
});

interface Attempt {
  client: ZooKeeperClient;
  logger: RecordingLogger;
  error: unknown;
  /** In ms. */
  took: number;
}

async function attempt(port: number, options: ZooKeeperClientOptions, host = 'localhost'): Promise<Attempt> {
  const logger = new RecordingLogger();
  const client = new ZooKeeperClient(`${host}:${port}`, { sessionTimeout: 4_000, logger, ...options });
  const begun = performance.now();
  const error = await client.connect().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { client, logger, error, took: performance.now() - begun };
}

async function connected(options: ZooKeeperClientOptions, port = server.port): Promise<ZooKeeperClient> {
  const { client, error } = await attempt(port, options);
  if (error) throw error;
  return client;
}

/** Well below the timeout of connect(): it did not wait for another attempt to succeed. */
const AT_ONCE = 5_000;

async function refusal(port: number, options: ZooKeeperClientOptions, host?: string): Promise<TlsError> {
  const { client, error, took, logger } = await attempt(port, options, host);
  await client.close();
  expect(error).toBeInstanceOf(TlsError);
  expect(error).toMatchObject({ code: 'TLS_FAILED', retryable: false });
  expect(took).toBeLessThan(AT_ONCE);
  expect((error as TlsError).message).toMatch(new RegExp(`^${host ?? 'localhost'}:${port}`));
  expect((error as TlsError).message.endsWith((error as TlsError).hint)).toBe(true);
  expect((error as TlsError).message).not.toMatch(/\n|error:0/);
  expect(logger.messages('error').concat(logger.messages('warn'))).toEqual([]);
  return error as TlsError;
}

async function timedOut(port: number, options: ZooKeeperClientOptions): Promise<unknown> {
  const client = new ZooKeeperClient(`127.0.0.1:${port}`, { logger: new RecordingLogger(), ...options });
  const error = await client.connect({ timeout: 1_000 }).catch((reason: unknown) => reason);
  await client.close();
  return error;
}

describe('a client over TLS', () => {
  test('carries requests and watches, and its session over cut connections', async () => {
    const client = await connected({ tls });
    const calls = new Recorder<string>();
    await client.create('/secured', 'one');
    new DataWatch(client, '/secured', (data) => calls.record(String(data)));
    await calls.until((texts) => texts.includes('one'));
    const { sessionId } = client;
    for (const value of ['two', 'three']) {
      await server.dropConnections();
      await client.retry(() => client.setData('/secured', value));
      await calls.until((texts) => texts.includes(value));
    }
    expect(client.sessionId).toBe(sessionId);
    await client.delete('/secured');
    await client.close();
  });

  test('makes a new session when one has expired, and finds a server that was killed and restarted', async () => {
    const client = await connected({ tls });
    const calls = new Recorder<string>();
    new DataWatch(client, '/expiring', (data) => calls.record(String(data)));
    await calls.until((texts) => texts.includes('null'));
    const { sessionId, sessionPassword } = client;
    if (sessionId === null || sessionPassword === null) throw new Error('no session');
    await server.expireSession({ id: sessionId, password: sessionPassword });
    await client.retry(() => client.create('/expiring', 'one'));
    await calls.until((texts) => texts.includes('one'));
    expect(client.sessionId).not.toBe(sessionId);
    await server.restart();
    await client.retry(() => client.setData('/expiring', 'two'));
    await calls.until((texts) => texts.includes('two'));
    await client.delete('/expiring');
    await client.close();
  });

  test('asks a function for the options at each connection, so that certificates can rotate', async () => {
    const bob = await ca.issue({ subject: '/O=Example/CN=bob' });
    const certificates = [alice, bob];
    let asked = 0;
    const client = await connected({
      tls: async () => {
        const { cert, key } = certificates[asked % 2] as Certificate;
        asked += 1;
        return { ca: ca.cert, cert, key };
      },
    });
    const before = asked;
    await server.dropConnections();
    await client.retry(() => client.exists('/'));
    expect(asked).toBeGreaterThan(before);
    await client.close();
  });

  test('takes an option that is undefined for one that is not there: certificates are verified', async () => {
    const without = {
      servername: undefined,
      checkServerIdentity: undefined,
      rejectUnauthorized: undefined,
      pfx: undefined,
    };
    await (await connected({ tls: { ...tls, ...without } as TlsOptions })).close();
    const other = { ...tls, ...without, ca: foreign.cert } as TlsOptions;
    expect((await refusal(server.port, { tls: other })).hint).toMatch(/tls\.ca/);
  });

  test('takes a key with a passphrase, and a PKCS #12 archive', async () => {
    const guarded = await ca.issue({ subject: '/O=Example/CN=alice', passphrase: 'p@ssphrase' });
    const { cert, key, pfx, passphrase = '' } = guarded;
    await (await connected({ tls: { ca: ca.cert, cert, key, passphrase } })).close();
    await (await connected({ tls: { ca: ca.cert, pfx, passphrase } })).close();
  });
});

describe('connect() over TLS rejects at once with TlsError', () => {
  test.each([
    ['without a client certificate where one is demanded', () => ({ ca: ca.cert }), /tls\.cert/],
    ['with tls: true where the CA is not a public one', () => true as const, /tls\.(ca|cert)/],
  ])('%s', async (_, options, hint) => {
    expect((await refusal(server.port, { tls: options() })).hint).toMatch(hint);
  });

  test('with a client certificate of a foreign CA, or an expired one, where the server says so', async () => {
    const mallory = await foreign.issue({ subject: '/CN=mallory' });
    const expired = await ca.issue({ subject: '/O=Example/CN=alice', validity: 'expired' });
    for (const { cert, key } of [mallory, expired]) {
      const options = { tls: { ca: ca.cert, cert, key } };
      if (sharedServer().kind === 'real') expect((await refusal(server.port, options)).hint).toMatch(/tls\.cert/);
      // node:tls, under the embedded server, hangs up without a word.
      else expect(String(await timedOut(server.port, options))).toMatch(/TLS 1\.3 one refuses a client certificate so/);
    }
  });

  test('at a server of a foreign CA', async () => {
    expect((await refusal(server.port, { tls: { ...tls, ca: foreign.cert } })).hint).toMatch(/tls\.ca/);
  });

  test('at a server with an expired certificate, or one for another name; servername says which name counts', async () => {
    const [old, other] = await Promise.all([
      ca.issue({ validity: 'expired' }).then((certificate) => startServer({ tls: { certificate, ca } })),
      ca.issue({ names: ['other.example'] }).then((certificate) => startServer({ tls: { certificate, ca } })),
    ]);
    expect((await refusal(old.port, { tls })).hint).toMatch(/renew the certificate of the server/);
    expect((await refusal(other.port, { tls })).hint).toMatch(/tls\.servername/);
    expect((await refusal(other.port, { tls }, '127.0.0.1')).hint).toMatch(/tls\.servername/);
    await (await connected({ tls: { ...tls, servername: 'other.example' } }, other.port)).close();
    await Promise.all([old.stop(), other.stop()]);
  });

  test('when a check of the user refuses the certificate, or throws', async () => {
    const checks: (() => Error | undefined)[] = [
      () => new Error('not ours'),
      () => {
        throw new Error('not ours');
      },
    ];
    for (const checkServerIdentity of checks) {
      expect((await refusal(server.port, { tls: { ...tls, checkServerIdentity } })).message).toMatch(/not ours/);
    }
    await (await connected({ tls: { ...tls, checkServerIdentity: () => undefined } })).close();
  });

  test('at a plain port, within two attempts, and sends no byte of plain text there', async () => {
    const plain = await startServer();
    expect((await refusal(plain.port, { tls }, '127.0.0.1')).hint).toMatch(/secureClientPort/);
    await plain.stop();
  });

  test('at an HTTP server', async () => {
    const http = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as AddressInfo;
    expect((await refusal(port, { tls }, '127.0.0.1')).hint).toMatch(/HTTP/);
    await new Promise((resolve) => http.close(resolve));
  });

  test('when the function gives no options that can be used', async () => {
    const given: (() => unknown)[] = [
      () => ({ cert: alice.cert }),
      () => 'text',
      () => Promise.reject(new Error('no')),
    ];
    for (const option of given) {
      expect((await refusal(server.port, { tls: option as () => TlsOptions })).message).toMatch(
        /the function in `tls`/,
      );
    }
  });
});

describe('certificates that are not verified', () => {
  test('are reported once, by a warning', async () => {
    const { client, error, logger } = await attempt(server.port, {
      tls: { ...tls, ca: foreign.cert, rejectUnauthorized: false },
    });
    expect(error).toBe(undefined);
    await server.dropConnections();
    await client.retry(() => client.exists('/'));
    await client.close();
    expect(logger.messages('warn')).toEqual([expect.stringContaining('rejectUnauthorized is false')]);
  });
});

describe('a plain client', () => {
  test('at a TLS port says so', async () => {
    const client = new ZooKeeperClient(`127.0.0.1:${server.port}`, { logger: new RecordingLogger() });
    await expect(client.connect({ timeout: 1_000 })).rejects.toThrow(/TLS/);
    await client.close();
  });

  test('at an HTTP server says so', async () => {
    const http = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as AddressInfo;
    const client = new ZooKeeperClient(`127.0.0.1:${port}`, { logger: new RecordingLogger() });
    await expect(client.connect({ timeout: 1_000 })).rejects.toThrow(/it answers in HTTP/);
    await client.close();
    await new Promise((resolve) => http.close(resolve));
  });
});

describe('the constructor', () => {
  test('throws for a certificate, key or passphrase that cannot be used, and names the option', async () => {
    const guarded = await ca.issue({ passphrase: 'p@ssphrase' });
    const wrong: [unknown, RegExp][] = [
      [{ cert: alice.cert, key: 'no key' }, /key/],
      [{ cert: alice.cert }, /tls\.key/],
      [{ key: alice.key }, /tls\.cert/],
      [{ cert: alice.cert, key: guarded.key, passphrase: 'p@ssphrase' }, /not the key of cert/],
      [{ cert: guarded.cert, key: guarded.key, passphrase: 'wr0ng' }, /passphrase/],
      [{ cert: guarded.cert, key: guarded.key }, /passphrase/],
      [{ pfx: guarded.pfx, passphrase: 'wr0ng' }, /passphrase/],
      [{ ca: '/etc/ssl/ca.pem' }, /tls\.ca/],
      [{ servername: 5 }, /tls\.servername/],
      [{ checkServerIdentity: 'no' }, /tls\.checkServerIdentity/],
      [{ rejectUnauthorized: 0 }, /tls\.rejectUnauthorized/],
      [{ certificate: alice.cert }, /certificate/],
      ['yes', /tls/],
      [false, /tls/],
    ];
    for (const [option, message] of wrong) {
      const make = () => new ZooKeeperClient('zk:2281', { tls: option as never });
      expect(make, String(message)).toThrow(message);
      expect(make).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
      expect(make).not.toThrow(/p@ssphrase|wr0ng/);
    }
  });
});
