import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DIGEST_URI, digestMd5, parseDirectives, quoted } from '../../lib/protocol/digest-md5.js';
import { ServerCode } from '../../lib/protocol/server-code.js';
import { RawSession } from '../../testing/raw-session.js';
import { ZooKeeperServer } from '../../testing/zookeeper-server.js';

/** A token of the server, and the error of its reply. */
async function exchange(session: RawSession, token: string): Promise<{ error: number; token: string }> {
  const reply = await session.request('sasl', { token: Buffer.from(token) });
  const body = reply?.body as { token: Buffer | null } | null | undefined;
  return { error: reply?.error ?? Number.NaN, token: body?.token?.toString() ?? '' };
}

async function logIn(session: RawSession, username: string, password: string): Promise<number> {
  const challenge = parseDirectives((await exchange(session, '')).token);
  const realm = challenge?.get('realm') ?? '';
  const nonce = challenge?.get('nonce') ?? '';
  const cnonce = randomBytes(16).toString('hex');
  const input = { username, realm, password, nonce, cnonce, nc: '00000001', digestUri: DIGEST_URI };
  const directives = [
    ...['username', 'realm', 'nonce', 'cnonce'].map((name) => `${name}=${quoted(input[name as 'realm'])}`),
    `nc=${input.nc},qop=auth,digest-uri=${quoted(DIGEST_URI)},response=${digestMd5(input, 'client')},charset=utf-8`,
  ];
  const { error, token } = await exchange(session, directives.join(','));
  if (error === 0) expect(token).toBe(`rspauth=${digestMd5(input, 'server')}`);
  return error;
}

describe('a ZooKeeperServer with SASL', () => {
  it('challenges, and proves itself to a user who knows the password', async () => {
    await using server = await ZooKeeperServer.start({ sasl: { users: { alice: 'example "password" \\' } } });
    await using session = await RawSession.open(server.port);
    const { error, token } = await exchange(session, '');
    expect(error).toBe(0);
    expect(token).toMatch(/^realm="zk-sasl-md5",nonce="[^"]+",/);
    await using another = await RawSession.open(server.port);
    expect(await logIn(another, 'alice', 'example "password" \\')).toBe(0);
    const { body } = (await another.request('whoAmI', undefined)) ?? {};
    expect(body).toMatchObject({ clientInfo: expect.arrayContaining([{ scheme: 'sasl', user: 'alice' }]) });
  });

  it('refuses a wrong password, and hangs up', async () => {
    await using server = await ZooKeeperServer.start({ sasl: { users: { alice: 'example-password' } } });
    await using session = await RawSession.open(server.port);
    expect(await logIn(session, 'alice', 'another')).toBe(ServerCode.AUTH_FAILED);
    await session.untilHungUp();
  });

  it('serves nobody else where it is required', async () => {
    await using server = await ZooKeeperServer.start({ sasl: { users: { alice: 'example' }, required: true } });
    await using session = await RawSession.open(server.port);
    const refused = await session.request('exists', { path: '/', watch: false });
    expect(refused).toMatchObject({ error: ServerCode.SASL_REQUIRED });
    await using another = await RawSession.open(server.port);
    expect(await logIn(another, 'alice', 'example')).toBe(0);
    expect(await another.request('exists', { path: '/', watch: false })).toMatchObject({ error: 0 });
  });

  it('serves nobody else where a scheme is enforced by its settings', async () => {
    const config = { 'enforce.auth.enabled': 'true', 'enforce.auth.schemes': 'sasl' };
    await using server = await ZooKeeperServer.start({ sasl: { users: { alice: 'example' } }, config });
    await using session = await RawSession.open(server.port);
    const refused = await session.request('exists', { path: '/', watch: false });
    expect(refused).toMatchObject({ error: ServerCode.SASL_REQUIRED });
  });
});
