import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { type ConnectionOptions, connect, createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Certificate, CertificateAuthority, NoOpenSslError } from '../../testing/certificates.js';
import { Recorder } from '../../testing/recorder.js';

/** The subject of a client’s certificate as the server saw it, or the reason why it is not accepted. */
const seen = new Recorder<string>();
let ca: CertificateAuthority;
let server: Certificate;
let port: number;
const listeners: Server[] = [];

beforeAll(async () => {
  ca = await CertificateAuthority.create();
  server = await ca.issue();
  port = await listen(server);
});

afterAll(async () => {
  for (const listener of listeners) listener.close();
  await ca[Symbol.asyncDispose]();
});

/** Asks for a client certificate, and notes its verdict. */
async function listen({ cert, key }: Certificate): Promise<number> {
  const options = { cert, key, ca: ca.cert, requestCert: true, rejectUnauthorized: false };
  const listener = createServer(options, (socket) => {
    // The declarations say an Error: it is the code of one.
    const { authorizationError } = socket as { authorizationError: unknown };
    seen.record(String(authorizationError ?? socket.getPeerCertificate().subject.CN));
    socket.end();
  });
  listener.on('tlsClientError', () => {});
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  listeners.push(listener);
  return (listener.address() as AddressInfo).port;
}

/** Resolves once the server has ended the connection; rejects with the error of the handshake. */
async function handshake(options: ConnectionOptions = {}): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, ca: ca.cert, ...options });
  socket.resume();
  await once(socket, 'close');
}

/** The server's verdict about a client certificate. */
async function verdict(options: ConnectionOptions): Promise<string | undefined> {
  seen.clear();
  await handshake(options);
  return seen.items[0];
}

describe('a certificate', () => {
  it('is valid for this machine by default, by name and by address', async () => {
    const certificate = new X509Certificate(server.cert);
    expect(certificate.verify(new X509Certificate(ca.cert).publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(server.key))).toBe(true);
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkIP('::1')).toBe('::1');
    expect(certificate.checkHost('example.com')).toBeUndefined();
  });

  it('carries the subject in the given order', async () => {
    const { cert } = await ca.issue({ subject: '/O=Example/CN=alice' });
    expect(new X509Certificate(cert).subject).toBe('O=Example\nCN=alice');
  });

  it('can be issued while another one is', async () => {
    const subjects = ['/CN=alice', '/CN=bob', '/CN=carol'];
    const certificates = await Promise.all(subjects.map((subject) => ca.issue({ subject })));
    expect(certificates.map(({ cert }) => new X509Certificate(cert).subject)).toEqual([
      'CN=alice',
      'CN=bob',
      'CN=carol',
    ]);
  });

  it('lies in files, alone, with its key and as its key', async () => {
    expect(await readFile(server.certFile)).toEqual(server.cert);
    expect(await readFile(server.keyFile)).toEqual(server.key);
    expect(await readFile(server.pemFile, 'utf8')).toBe(`${server.cert}${server.key}`);
    expect(server.key.toString()).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  });

  it('can have an encrypted key', async () => {
    const { cert, key, passphrase, pfx } = await ca.issue({ subject: '/CN=alice', passphrase: 'example-passphrase' });
    expect(key.toString()).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
    expect(await verdict({ cert, key, passphrase })).toBe('alice');
    expect(await verdict({ pfx, passphrase })).toBe('alice');
    expect(() => connect({ port, cert, key, passphrase: 'another' })).toThrow();
  });
});

describe("a client's certificate", () => {
  it('is accepted as PEM and as an archive', async () => {
    const { cert, key, pfx } = await ca.issue({ subject: '/O=Example/CN=bob' });
    expect(await verdict({ cert, key })).toBe('bob');
    expect(await verdict({ pfx })).toBe('bob');
  });

  it.each([
    ['CERT_HAS_EXPIRED', 'expired'],
    ['CERT_NOT_YET_VALID', 'future'],
  ] as const)('is refused with %s when it is %s', async (code, validity) => {
    const { cert, key } = await ca.issue({ validity });
    expect(await verdict({ cert, key })).toBe(code);
  });

  it('is refused when it is of a foreign authority', async () => {
    await using foreign = await CertificateAuthority.create();
    const { cert, key } = await foreign.issue();
    expect(await verdict({ cert, key })).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });
});

describe("a server's certificate", () => {
  it('is refused when it is of a foreign authority', async () => {
    await using foreign = await CertificateAuthority.create('/CN=Foreign CA');
    await expect(handshake({ ca: foreign.cert })).rejects.toMatchObject({ code: 'SELF_SIGNED_CERT_IN_CHAIN' });
  });

  it.each([
    ['CERT_HAS_EXPIRED', { validity: 'expired' }],
    ['CERT_NOT_YET_VALID', { validity: 'future' }],
    ['ERR_TLS_CERT_ALTNAME_INVALID', { names: ['zk.example.com'] }],
  ] as const)('is refused with %s when it has %o', async (code, options) => {
    const certificate = await ca.issue(options);
    await expect(handshake({ port: await listen(certificate) })).rejects.toMatchObject({ code });
  });
});

describe('an authority', () => {
  it('leaves no file behind', async () => {
    const passing = await CertificateAuthority.create();
    const { pemFile } = await passing.issue();
    expect(existsSync(pemFile)).toBe(true);
    await passing[Symbol.asyncDispose]();
    await passing[Symbol.asyncDispose]();
    expect(existsSync(pemFile)).toBe(false);
    expect(existsSync(passing.certFile)).toBe(false);
  });

  it('names the missing command', async () => {
    vi.stubEnv('PATH', '');
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(CertificateAuthority.create()).rejects.toThrow(NoOpenSslError);
  });
});
