import { describe, expect } from 'vitest';
import { type EmbeddedSaslOptions, EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { ServerCode } from '../../../lib/protocol/server-code.js';
import { answerChallenge } from '../../../testing/digest-md5-client.js';
import { type RawReply, RawSession } from '../../../testing/raw-session.js';
import { useCertificates } from '../../support/certificates.js';
import { it } from '../../support/embedded-fixtures.js';
import { rejectionOf } from '../../support/rejection.js';

// spec/lib/embedded/differential/sasl.real.spec.ts compares each answer with a real server's.

const SECRET = 'M4RK3D-S3CR3T';
const SASL: EmbeddedSaslOptions = { users: { alice: SECRET, bob: 'other' } };
const certificates = useCertificates();

async function authenticate(session: RawSession, username: string, password: string): Promise<RawReply | null> {
  const challenge = await session.request('sasl', { token: Buffer.alloc(0) });
  const body = challenge?.body as { token: Buffer } | undefined;
  return session.request('sasl', { token: answerChallenge(body?.token ?? null, { username, password }).token });
}

describe('an embedded server with SASL', () => {
  it('gives the user an identity for ACLs, on that connection alone', async ({ start }) => {
    const { port } = await start({ sasl: SASL });
    await using alice = await RawSession.open(port);
    expect((await authenticate(alice, 'alice', SECRET))?.error).toBe(0);
    const acl = [{ perms: 31, scheme: 'sasl', id: 'alice' }];
    expect((await alice.request('create', { path: '/a', data: null, acl, flags: 0 }))?.error).toBe(0);
    const { sessionId = 0n, password } = alice.handshake ?? {};
    await alice.drop();
    await using again = await RawSession.open(port, { sessionId, password: password as Buffer });
    const read = { path: '/a', watch: false };
    expect((await again.request('getData', read))?.error).toBe(ServerCode.NO_AUTH);
    expect((await authenticate(again, 'alice', SECRET))?.error).toBe(0);
    expect((await again.request('getData', read))?.error).toBe(0);
  });

  it('logs a refusal without the password, the name and the token', async ({ start, logger }) => {
    const { port } = await start({ sasl: SASL });
    await using session = await RawSession.open(port);
    expect((await authenticate(session, 'S3CR3T-user', SECRET))?.error).toBe(ServerCode.AUTH_FAILED);
    await logger.until(() => logger.messages('warn').length > 0);
    expect(logger.messages('warn')).toEqual([
      expect.stringMatching(/it cannot be authenticated by SASL: its user name or password is wrong$/),
    ]);
    expect(JSON.stringify(logger.items)).not.toContain('S3CR3T');
  });

  it('does not take an unknown user for the last one that it knew', async ({ start }) => {
    const { port } = await start({ sasl: SASL });
    await using alice = await RawSession.open(port);
    await authenticate(alice, 'alice', SECRET);
    await using nobody = await RawSession.open(port);
    expect((await authenticate(nobody, 'nobody', SECRET))?.error).toBe(ServerCode.AUTH_FAILED);
  });

  it('refuses all but SASL and credentials until the client has authenticated, if it is required', async ({
    start,
  }) => {
    const { port } = await start({ sasl: { ...SASL, required: true } });
    await using early = await RawSession.open(port);
    expect((await early.ping())?.error).toBe(ServerCode.SASL_REQUIRED);
    await early.untilHungUp();
    await using session = await RawSession.open(port);
    expect((await session.auth('digest', 'a:b'))?.error).toBe(0);
    await authenticate(session, 'bob', 'other');
    expect((await session.ping())?.error).toBe(0);
  });

  it('keeps the users that it was started with', async ({ start }) => {
    const users: Record<string, string> = { alice: SECRET };
    const { port } = await start({ sasl: { users } });
    users.alice = 'changed';
    await using session = await RawSession.open(port);
    expect((await authenticate(session, 'alice', SECRET))?.error).toBe(0);
  });

  it('authenticates over TLS, and the client has both identities', async ({ start }) => {
    const { server, ca, alice } = certificates;
    const { port } = await start({ sasl: SASL, tls: { cert: server.cert, key: server.key, ca } });
    await using session = await RawSession.open(port, { tls: { ca, cert: alice.cert, key: alice.key } });
    await authenticate(session, 'bob', 'other');
    expect((await session.request('whoAmI', undefined))?.body).toEqual({
      clientInfo: [
        { scheme: 'ip', user: '127.0.0.1' },
        { scheme: 'x509', user: 'CN=alice,O=Example' },
        { scheme: 'sasl', user: 'bob' },
      ],
    });
  });

  it.for<[string, unknown]>([
    ['null', null],
    ['a password in place of the options', SECRET],
    ['no users', {}],
    ['an unknown option', { ...SASL, [SECRET]: 1 }],
    ['an empty list of users', { users: {} }],
    ['an array of users', { users: [SECRET] }],
    ['a user without a name', { users: { '': SECRET } }],
    ['a Kerberos principal', { users: { 'alice@EXAMPLE.ORG': SECRET } }],
    ['an empty password', { users: { alice: '' } }],
    ['a password that is no text', { users: { alice: [SECRET] } }],
    ['a required that is no boolean', { ...SASL, required: SECRET }],
  ])('is not started with %s', async ([, sasl]) => {
    const error = await rejectionOf(EmbeddedZooKeeper.start({ sasl: sasl as EmbeddedSaslOptions }));
    expect(error).toMatchObject({ name: 'InvalidArgumentError', message: expect.stringContaining('sasl') });
    expect(String((error as Error).stack)).not.toContain(SECRET);
  });
});
