import type { ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Certificate, CertificateAuthority } from '../../testing/certificates.js';
import { RawSession } from '../../testing/raw-session.js';
import type { ServerTls } from '../../testing/zookeeper-config.js';
import { ZooKeeperServer } from '../../testing/zookeeper-server.js';

let ca: CertificateAuthority;
let certificate: Certificate;
let alice: Certificate;

beforeAll(async () => {
  ca = await CertificateAuthority.create();
  certificate = await ca.issue();
  alice = await ca.issue({ subject: '/CN=alice/O=Example' });
});

afterAll(() => ca[Symbol.asyncDispose]());

async function start(tls: Partial<ServerTls> = {}): Promise<ZooKeeperServer & { securePort: number }> {
  const server = await ZooKeeperServer.start({ tls: { certificate, ca, ...tls } });
  onTestFinished(() => server.stop());
  expect(server.securePort).not.toBe(null);
  return server as ZooKeeperServer & { securePort: number };
}

/** The identities that the server sees in a new session. */
async function identities(port: number, tls?: ConnectionOptions): Promise<string[]> {
  await using session = await RawSession.open(port, tls ? { tls: { ca: ca.cert, ...tls } } : {});
  expect(session.established).toBe(true);
  const { body } = (await session.request('whoAmI', undefined)) ?? {};
  const { clientInfo } = body as { clientInfo: readonly { scheme: string; user: string }[] };
  return clientInfo.map(({ scheme, user }) => `${scheme}:${user}`);
}

/** Whether the server refuses: by an alert, or by hanging up, which TLS 1.3 notices after its own handshake. */
async function isRefused(port: number, tls: ConnectionOptions): Promise<boolean> {
  try {
    await using session = await RawSession.open(port, { tls: { ca: ca.cert, ...tls } });
    return !session.established;
  } catch (error) {
    // An alert and a broken connection have a code; a time-out has none.
    return typeof (error as NodeJS.ErrnoException).code === 'string';
  }
}

describe('a ZooKeeperServer with TLS', () => {
  it('knows a client by its certificate, at a port of its own', async () => {
    const { port, securePort } = await start();
    expect(securePort).not.toBe(port);
    expect(await identities(securePort, alice)).toEqual(['x509:O=Example,CN=alice', 'ip:127.0.0.1']);
    expect(await identities(port)).toEqual(['ip:127.0.0.1']);
  });

  it('demands a client certificate', async () => {
    await using foreign = await CertificateAuthority.create('/CN=Foreign CA');
    const { securePort } = await start();
    expect(await isRefused(securePort, {})).toBe(true);
    expect(await isRefused(securePort, await foreign.issue())).toBe(true);
    expect(await isRefused(securePort, await ca.issue({ validity: 'expired' }))).toBe(true);
    expect(await isRefused(securePort, alice)).toBe(false);
  });

  it('takes a client certificate where it wants one', async () => {
    const { securePort } = await start({ clientAuth: 'want' });
    expect(await identities(securePort, alice)).toContain('x509:O=Example,CN=alice');
    expect(await identities(securePort, {})).toEqual(['ip:127.0.0.1']);
  });

  it('asks for no client certificate where it wants none', async () => {
    const { securePort } = await start({ clientAuth: 'none' });
    expect(await identities(securePort, {})).toEqual(['ip:127.0.0.1']);
  });

  it('serves both kinds at one port where the ports are unified', async () => {
    const { port, securePort } = await start({ portUnification: true });
    expect(securePort).toBe(port);
    expect(await identities(port, alice)).toEqual(['x509:O=Example,CN=alice', 'ip:127.0.0.1']);
    expect(await identities(port)).toEqual(['ip:127.0.0.1']);
  });

  it('reads an encrypted key', async () => {
    const encrypted = await ca.issue({ passphrase: 'example-passphrase' });
    const { securePort } = await start({ certificate: encrypted });
    expect(await identities(securePort, alice)).toHaveLength(2);
  });

  it('keeps both ports over a restart', async () => {
    const server = await start();
    await server.restart();
    expect(await identities(server.securePort, alice)).toHaveLength(2);
  });
});
