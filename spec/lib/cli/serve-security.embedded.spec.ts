import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ServerCode } from '../../../lib/protocol/server-code.js';
import { type Certificate, CertificateAuthority } from '../../../testing/certificates.js';
import { Command } from '../../../testing/command.js';
import { answerChallenge } from '../../../testing/digest-md5-client.js';
import { RawSession } from '../../../testing/raw-session.js';
import { newFolder } from '../embedded/journal/journal-fixture.js';

const SECRET = 'M4RK3D-S3CR3T';

let authority: CertificateAuthority;
let server: Certificate;
let encrypted: Certificate;
let alice: Certificate;

beforeAll(async () => {
  authority = await CertificateAuthority.create();
  [server, encrypted, alice] = await Promise.all([
    authority.issue(),
    authority.issue({ passphrase: SECRET }),
    authority.issue({ subject: '/CN=alice' }),
  ]);
  return () => authority[Symbol.asyncDispose]();
});

afterEach(() => void vi.unstubAllEnvs());

async function saslError(session: RawSession, username: string, password: string): Promise<number | undefined> {
  const challenge = await session.request('sasl', { token: Buffer.alloc(0) });
  const body = challenge?.body as { token: Buffer } | undefined;
  const { token } = answerChallenge(body?.token ?? null, { username, password });
  return (await session.request('sasl', { token }))?.error;
}

describe('zk-recipes serve --tls', () => {
  it('serves over TLS, and says so', async () => {
    const files = ['--cert', server.certFile, '--key', server.keyFile];
    await using command = await Command.run('serve', '--port', '0', '--tls', ...files);
    const port = await command.port();
    await using session = await RawSession.open(port, { tls: { ca: authority.cert } });
    expect(session.established).toBe(true);
    expect(command.lines.items).toEqual([expect.stringContaining(`connect to 127.0.0.1:${port} over TLS (data`)]);
  });

  it('takes the passphrase of the key from the environment, and demands certificates with --ca', async () => {
    vi.stubEnv('ZK_RECIPES_TLS_PASSPHRASE', SECRET);
    const files = ['--cert', encrypted.certFile, '--key', encrypted.keyFile, '--ca', authority.certFile];
    await using command = await Command.run('serve', '--port', '0', '--tls', ...files);
    const port = await command.port();
    const { cert, key } = alice;
    await using session = await RawSession.open(port, { tls: { ca: authority.cert, cert, key } });
    const reply = await session.request('whoAmI', undefined);
    expect(reply?.body).toMatchObject({ clientInfo: [{ scheme: 'ip' }, { scheme: 'x509', user: 'CN=alice' }] });
  });

  it('ends with exit code 1 and one line without the passphrase when the passphrase is wrong', async () => {
    vi.stubEnv('ZK_RECIPES_TLS_PASSPHRASE', `not ${SECRET}`);
    const files = ['--cert', encrypted.certFile, '--key', encrypted.keyFile];
    await using command = await Command.run('serve', '--port', '0', '--tls', ...files);
    expect(await command.ended).toEqual({ code: 1, signal: null });
    expect(command.errors.items).toEqual(['zk-recipes: tls cannot be used: the passphrase of key is missing or wrong']);
  });

  it('ends with exit code 1 and one line when a file cannot be read', async () => {
    const files = ['--cert', server.certFile, '--key', join(await newFolder(), 'none.pem')];
    await using command = await Command.run('serve', '--port', '0', '--tls', ...files);
    expect(await command.ended).toEqual({ code: 1, signal: null });
    expect(command.errors.items).toEqual(['zk-recipes: the file of --key cannot be read (ENOENT)']);
  });
});

describe('zk-recipes serve --sasl-user', () => {
  it('takes the password from the environment', async () => {
    vi.stubEnv('ZK_RECIPES_SASL_PASSWORD', SECRET);
    await using command = await Command.run('serve', '--port', '0', '--sasl-user', 'alice');
    await using session = await RawSession.open(await command.port());
    expect(await saslError(session, 'alice', SECRET)).toBe(0);
  });

  it.each(['\n', '\r\n', ''])('takes the password from the first line of a file, which ends in %j', async (end) => {
    vi.stubEnv('ZK_RECIPES_SASL_PASSWORD', 'another');
    const file = join(await newFolder(), 'password');
    await writeFile(file, `${SECRET} with spaces ${end}`);
    const options = ['--sasl-user', 'alice', '--sasl-password-file', file];
    await using command = await Command.run('serve', '--port', '0', ...options);
    const port = await command.port();
    await using right = await RawSession.open(port);
    expect(await saslError(right, 'alice', `${SECRET} with spaces `)).toBe(0);
    await using wrong = await RawSession.open(port);
    expect(await saslError(wrong, 'alice', 'another')).toBe(ServerCode.AUTH_FAILED);
  });

  it('ends with a usage error when the file is empty', async () => {
    const file = join(await newFolder(), 'password');
    await writeFile(file, '\nsecond line');
    const options = ['--sasl-user', 'alice', '--sasl-password-file', file];
    await using command = await Command.run('serve', '--port', '0', ...options);
    expect(await command.ended).toEqual({ code: 2, signal: null });
    expect(command.errors.items[0]).toBe(
      'zk-recipes: the first line of --sasl-password-file must not be empty (zk-recipes serve --help explains it)',
    );
  });
});

describe('zk-recipes serve ends with a usage error for', () => {
  it.each<[string[], string]>([
    [['--tls'], '--tls needs --cert and --key'],
    [['--tls', '--cert', 'a.pem'], '--tls needs --cert and --key'],
    [['--tls', '--key', 'a.pem'], '--tls needs --cert and --key'],
    [['--tls', '--cert', '', '--key', 'a.pem'], '--cert must not be empty'],
    [['--cert', 'a.pem'], '--cert needs --tls'],
    [['--key', 'a.pem'], '--key needs --tls'],
    [['--ca', 'a.pem'], '--ca needs --tls'],
    [['--sasl-user', 'alice'], '--sasl-user needs a secret in ZK_RECIPES_SASL_PASSWORD, or --sasl-password-file'],
    [['--sasl-user', ''], '--sasl-user must be a name without @ and /'],
    [['--sasl-user', 'alice@EXAMPLE'], '--sasl-user must be a name without @ and /'],
    [['--sasl-user', 'alice', '--sasl-password-file', ''], '--sasl-password-file must not be empty'],
    [['--sasl-password-file', 'a'], '--sasl-password-file needs --sasl-user'],
  ])('%j', async (args, message) => {
    await using command = await Command.run('serve', '--port', '0', ...args);
    expect(await command.ended).toEqual({ code: 2, signal: null });
    expect(command.errors.items[0]).toBe(`zk-recipes: ${message} (zk-recipes serve --help explains it)`);
    expect(command.lines.items).toEqual([]);
  });

  it('a password among the arguments, without showing it', async () => {
    for (const args of [['--sasl-password', SECRET], [`--sasl-password=${SECRET}`], ['--passphrase', SECRET]]) {
      await using command = await Command.run('serve', '--port', '0', '--sasl-user', 'alice', ...args);
      expect(await command.ended).toEqual({ code: 2, signal: null });
      expect(command.errors.items.join('\n')).not.toContain(SECRET);
    }
  });
});
