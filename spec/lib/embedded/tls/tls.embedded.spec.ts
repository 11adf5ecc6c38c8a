import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { describe, expect } from 'vitest';
import { type EmbeddedTlsOptions, EmbeddedZooKeeper } from '../../../../lib/embedded/index.js';
import { ServerCode } from '../../../../lib/protocol/server-code.js';
import { RawSession } from '../../../../testing/raw-session.js';
import { useCertificates } from '../../../support/certificates.js';
import { it } from '../../../support/embedded-fixtures.js';
import { rejectionOf } from '../../../support/rejection.js';

const certificates = useCertificates();

/** A server's options: it demands a client certificate. */
function mutual(): EmbeddedTlsOptions {
  const { server, ca } = certificates;
  return { cert: server.cert, key: server.key, ca };
}

function client(name: 'alice' | 'bob' | 'foreign' | null) {
  const { ca } = certificates;
  return name === null ? { ca } : { ca, cert: certificates[name].cert, key: certificates[name].key };
}

async function identitiesOf(session: RawSession): Promise<string[]> {
  const reply = await session.request('whoAmI', undefined);
  const body = reply?.body as { clientInfo: { scheme: string; user: string }[] } | undefined;
  return (body?.clientInfo ?? []).map(({ scheme, user }) => `${scheme} ${user}`).sort();
}

/** How a server answers a client that makes the handshake of TLS, and sends nothing. */
async function refusal(port: number, options: object): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', ...options });
  const errors: NodeJS.ErrnoException[] = [];
  socket.on('error', (error) => errors.push(error));
  await new Promise((resolve) => socket.once('close', resolve));
  return errors[0]?.code ?? 'closed';
}

async function word(port: number, text: string, options: object): Promise<string> {
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', ...options });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.write(text);
  await once(socket, 'end');
  return String(Buffer.concat(chunks));
}

const OPEN = [{ perms: 31, scheme: 'world', id: 'anyone' }];

describe('an embedded server with TLS', () => {
  it('serves sessions, and knows its clients by address alone when it asks for no certificate', async ({ start }) => {
    const { cert, key } = certificates.server;
    const { port } = await start({ tls: { cert, key } });
    await using session = await RawSession.open(port, { tls: client(null) });
    expect((await session.request('create', { path: '/a', data: null, acl: OPEN, flags: 0 }))?.error).toBe(0);
    expect(await identitiesOf(session)).toEqual(['ip 127.0.0.1']);
    await session.close();
  });

  it.for(['TLSv1.2', 'TLSv1.3'] as const)(
    'names the client by the subject of its certificate, in %s',
    async (version, { start }) => {
      const { port } = await start({ tls: mutual() });
      const tls = { ...client('alice'), minVersion: version, maxVersion: version };
      await using session = await RawSession.open(port, { tls });
      expect(await identitiesOf(session)).toEqual(['ip 127.0.0.1', 'x509 CN=alice,O=Example']);
    },
  );

  it('knows the certificate of a TLS session that is resumed', async ({ start }) => {
    const { port } = await start({ tls: mutual() });
    const tls = { ...client('alice'), maxVersion: 'TLSv1.2' as const };
    const first = connect({ port, host: '127.0.0.1', ...tls });
    const [ticket] = (await once(first, 'session')) as [Buffer];
    first.destroy();
    const probe = connect({ port, host: '127.0.0.1', ...tls, session: ticket });
    await once(probe, 'secureConnect');
    expect(probe.isSessionReused()).toBe(true);
    probe.destroy();
    await using session = await RawSession.open(port, { tls: { ...tls, session: ticket } });
    expect(await identitiesOf(session)).toEqual(['ip 127.0.0.1', 'x509 CN=alice,O=Example']);
  });

  it('enforces ACLs of the scheme x509', async ({ start }) => {
    const { port } = await start({ tls: mutual() });
    await using alice = await RawSession.open(port, { tls: client('alice') });
    await using bob = await RawSession.open(port, { tls: client('bob') });
    const own = [{ perms: 31, scheme: 'x509', id: 'CN=alice,O=Example' }];
    expect((await alice.request('create', { path: '/a', data: null, acl: own, flags: 0 }))?.error).toBe(0);
    expect((await alice.request('getData', { path: '/a', watch: false }))?.error).toBe(0);
    expect((await bob.request('getData', { path: '/a', watch: false }))?.error).toBe(ServerCode.NO_AUTH);
    const auth = [{ perms: 31, scheme: 'auth', id: '' }];
    expect((await bob.request('create', { path: '/b', data: null, acl: auth, flags: 0 }))?.error).toBe(0);
    expect((await bob.request('getAcl', { path: '/b' }))?.body).toMatchObject({
      acl: [{ perms: 31, scheme: 'x509', id: 'CN=bob,O=Example' }],
    });
  });

  it('accepts the scheme x509 from a client with a certificate, and refuses it from others', async ({ start }) => {
    const { port } = await start({ tls: { ...mutual(), rejectUnauthorized: false } });
    await using alice = await RawSession.open(port, { tls: client('alice') });
    expect((await alice.auth('x509', ''))?.error).toBe(0);
    await using nobody = await RawSession.open(port, { tls: client(null) });
    expect((await nobody.auth('x509', ''))?.error).toBe(ServerCode.AUTH_FAILED);
  });

  it('takes no identity from a certificate that it does not trust, where it tolerates one', async ({ start }) => {
    const { port } = await start({ tls: { ...mutual(), rejectUnauthorized: false } });
    await using session = await RawSession.open(port, { tls: client('foreign') });
    expect(await identitiesOf(session)).toEqual(['ip 127.0.0.1']);
  });

  it.for(['TLSv1.2', 'TLSv1.3'] as const)(
    'refuses a client without a certificate, in %s',
    async (version, { start, logger }) => {
      const { port } = await start({ tls: mutual() });
      const alert = await refusal(port, { ...client(null), maxVersion: version });
      expect(alert).toMatch(/^ERR_SSL_(SSLV3_ALERT_HANDSHAKE_FAILURE|TLSV13_ALERT_CERTIFICATE_REQUIRED)$/);
      await logger.until(() => logger.messages('warn').length > 0);
      expect(logger.messages('warn')).toEqual([
        expect.stringMatching(/^the embedded server ended .* in its TLS handshake: peer did not return a certificate$/),
      ]);
    },
  );

  it('refuses a certificate of a foreign authority', async ({ start, logger }) => {
    const { port } = await start({ tls: mutual() });
    await refusal(port, client('foreign'));
    await logger.until(() => logger.messages('warn').length > 0);
    expect(logger.messages('warn')).toEqual([expect.stringMatching(/its certificate is refused \(.*CERT|VERIFY.*\)$/)]);
  });

  it('answers four-letter words', async ({ start }) => {
    const { port } = await start({ tls: mutual() });
    expect(await word(port, 'ruok', client('alice'))).toBe('imok');
    expect(await word(port, 'mntr', client('alice'))).toContain('zk_num_alive_connections\t1\n');
  });

  it('takes an archive with its passphrase, and an encrypted key', async ({ start }) => {
    const { server } = certificates;
    const { port } = await start({ tls: { pfx: server.pfx, passphrase: '' } });
    expect(await word(port, 'ruok', client(null))).toBe('imok');
  });

  it('keeps sessions over a restart', async ({ start }) => {
    const server = await start({ tls: mutual() });
    const { port } = server;
    const tls = client('alice');
    await using first = await RawSession.open(port, { tls });
    const { sessionId = 0n, password } = first.handshake ?? {};
    await server.restart();
    await first.untilHungUp();
    await using second = await RawSession.open(port, { tls, sessionId, password: password as Buffer });
    expect(second.established).toBe(true);
  });

  it('is silent while it is frozen, and goes on afterwards', async ({ start }) => {
    const server = await start({ tls: mutual() });
    const tls = client('alice');
    await using session = await RawSession.open(server.port, { tls });
    server.freeze();
    const answer = session.ping();
    const opening = RawSession.open(server.port, { tls });
    const early = await Promise.race([answer, opening, new Promise((resolve) => setTimeout(resolve, 300, 'silence'))]);
    expect(early).toBe('silence');
    server.thaw();
    expect((await answer)?.error).toBe(0);
    await using late = await opening;
    expect(late.established).toBe(true);
  });
});

describe('without TLS', () => {
  it('ACLs of the scheme x509 are invalid, and so are credentials', async ({ server }) => {
    await using session = await RawSession.open(server.port);
    const acl = [{ perms: 31, scheme: 'x509', id: 'CN=alice,O=Example' }];
    const reply = await session.request('create', { path: '/a', data: null, acl, flags: 0 });
    expect(reply?.error).toBe(ServerCode.INVALID_ACL);
    expect((await session.auth('x509', ''))?.error).toBe(ServerCode.AUTH_FAILED);
  });
});

describe('start refuses', () => {
  const SECRET = 'M4RK3D-S3CR3T';
  const options: Readonly<Record<string, () => object | null>> = {
    null: () => null,
    'an unknown option': () => ({ ...mutual(), certificate: SECRET }),
    'no certificate': () => ({ key: certificates.server.key }),
    'no key': () => ({ cert: certificates.server.cert }),
    'a certificate of null': () => ({ cert: null, key: null }),
    'an empty range of versions': () => ({ ...mutual(), minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }),
    'an empty certificate': () => ({ cert: '', key: '' }),
    'a certificate that is none': () => ({ ...mutual(), cert: SECRET }),
    'a key that is none': () => ({ ...mutual(), key: SECRET }),
    'the key of another certificate': () => ({ ...mutual(), key: certificates.alice.key }),
    'a key of a wrong type': () => ({ ...mutual(), key: { pem: SECRET } }),
    'an archive that is none': () => ({ pfx: SECRET }),
    'an archive with another passphrase': () => ({ pfx: certificates.server.pfx, passphrase: SECRET }),
    'a passphrase of a wrong type': () => ({ ...mutual(), passphrase: [SECRET] }),
    'an authority that is the name of a file': () => ({ ...mutual(), ca: `/${SECRET}/ca.pem` }),
    'an authority of a wrong type': () => ({ ...mutual(), ca: [{ SECRET }] }),
    'unknown ciphers': () => ({ ...mutual(), ciphers: SECRET }),
    'an unknown version': () => ({ ...mutual(), minVersion: SECRET }),
    'a requestCert that is no boolean': () => ({ ...mutual(), requestCert: SECRET }),
    'a crl that is none': () => ({ ...mutual(), crl: SECRET }),
  };

  it.for(Object.keys(options))('%s, without the secret', async (name) => {
    const error = await rejectionOf(EmbeddedZooKeeper.start({ tls: options[name]?.() as EmbeddedTlsOptions }));
    expect(error).toMatchObject({ name: 'InvalidArgumentError', message: expect.stringMatching(/^tls/) });
    expect((error as Error).stack).not.toContain(SECRET);
    expect(JSON.stringify(error) + String((error as Error).cause)).not.toContain(SECRET);
  });
});
