import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZooKeeperClient } from '../../../index.js';
import { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { type Certificate, CertificateAuthority } from '../../../testing/certificates.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import type { CliResult } from './cli-fixture.js';
import { CliProcess } from './cli-process.js';

const PASSWORD = 'pässwörd';
let ca: CertificateAuthority;
let alice: Certificate;
let guarded: Certificate;
let server: EmbeddedZooKeeper;
let plain: EmbeddedZooKeeper;
let folder: string;

beforeAll(async () => {
  ca = await CertificateAuthority.create();
  alice = await ca.issue({ subject: '/O=Example/CN=alice' });
  guarded = await ca.issue({ subject: '/O=Example/CN=alice', passphrase: 'p@ssphrase' });
  const { cert, key } = await ca.issue();
  const logger = new RecordingLogger();
  server = await EmbeddedZooKeeper.start({
    logger,
    tls: { cert, key, ca: ca.cert },
    sasl: { users: { bob: PASSWORD } },
  });
  plain = await EmbeddedZooKeeper.start({ logger });
  folder = await mkdtemp(join(tmpdir(), 'spec-secrets-'));
  const tls = { ca: ca.cert, cert: alice.cert, key: alice.key };
  const client = await new ZooKeeperClient(server.connectString, { logger, tls }).connect();
  for (const [scheme, id] of [
    ['x509', 'CN=alice,O=Example'],
    ['sasl', 'bob'],
  ] as const) {
    const acl = [{ perms: 31, scheme, id }];
    await client.create(`/${scheme}`, `of ${scheme}`, { acl });
  }
  await client.close();
  const owner = await new ZooKeeperClient(plain.connectString, {
    logger,
    auth: [{ scheme: 'digest', auth: 'bob:s3cret' }],
  }).connect();
  await owner.create('/digest', 'of digest', { acl: [{ perms: 31, scheme: 'auth', id: '' }] });
  await owner.close();
});

afterAll(async () => {
  await server.close();
  await plain.close();
  await rm(folder, { recursive: true });
  await ca[Symbol.asyncDispose]();
});

async function run(args: string[], env: Record<string, string> = {}, to = server): Promise<CliResult> {
  await using cli = await CliProcess.run(args, { env: { ZK_RECIPES_CONNECT: to.connectString, ...env } });
  const { code } = await cli.ended;
  return { code, output: cli.output.toString(), errors: cli.errors.items };
}

const tlsFlags = ({ certFile, keyFile } = alice) => [
  '--tls',
  '--ca',
  ca.certFile,
  '--cert',
  certFile,
  '--key',
  keyFile,
];

describe('a command', () => {
  it('connects over TLS with a client certificate, whose identity counts', async () => {
    expect(await run(['get', '/x509', ...tlsFlags()])).toEqual({ code: 0, output: 'of x509', errors: [] });
  });

  it('takes the passphrase of the key from the environment', async () => {
    const env = { ZK_RECIPES_TLS_PASSPHRASE: 'p@ssphrase' };
    expect(await run(['get', '/x509', ...tlsFlags(guarded)], env)).toEqual({ code: 0, output: 'of x509', errors: [] });
    const { code, errors } = await run(['get', '/x509', ...tlsFlags(guarded)]);
    expect({ code, errors }).toEqual({ code: 1, errors: [expect.stringMatching(/passphrase of key is missing/)] });
  });

  it('authenticates by SASL with the password of the environment, or of a file', async () => {
    const flags = ['get', '/sasl', ...tlsFlags(), '--sasl-user', 'bob'];
    const file = join(folder, 'password');
    await writeFile(file, `${PASSWORD}\n`);
    expect(await run(flags, { ZK_RECIPES_SASL_PASSWORD: PASSWORD })).toMatchObject({ code: 0, output: 'of sasl' });
    expect(await run([...flags, '--sasl-password-file', file])).toMatchObject({ code: 0, output: 'of sasl' });
    const { code, errors } = await run(flags, { ZK_RECIPES_SASL_PASSWORD: 'wr0ng' });
    expect(code).toBe(1);
    expect(errors).toEqual([expect.stringMatching(/refused the credentials of SASL DIGEST-MD5/)]);
  });

  it('adds credentials of a scheme from the environment, or from a file', async () => {
    const file = join(folder, 'auth');
    await writeFile(file, 'bob:s3cret\n');
    const flags = ['get', '/digest', '--auth', 'digest'];
    expect(await run(flags, { ZK_RECIPES_AUTH: 'bob:s3cret' }, plain)).toMatchObject({ code: 0, output: 'of digest' });
    expect(await run([...flags, '--auth-file', file], {}, plain)).toMatchObject({ code: 0, output: 'of digest' });
    expect(await run(['get', '/digest'], {}, plain)).toMatchObject({ code: 1, output: '' });
  });

  it('says at once why a TLS connection fails, and what to do', async () => {
    const { code, errors } = await run(['ls', '/', '--tls', '--ca', ca.certFile]);
    expect(code).toBe(1);
    expect(errors).toEqual([expect.stringMatching(/TLS: .*tls\.cert/)]);
  });

  it.each([
    [['--cert', 'x'], '--cert needs --tls'],
    [['--tls', '--cert', 'x'], '--cert and --key must be given together'],
    [['--sasl-user', 'bob'], '--sasl-user needs a secret in ZK_RECIPES_SASL_PASSWORD, or --sasl-password-file'],
    [['--sasl-password-file', 'x'], '--sasl-password-file needs --sasl-user'],
    [['--auth', 'digest'], '--auth needs a secret in ZK_RECIPES_AUTH, or --auth-file'],
    [['--auth-file', 'x'], '--auth-file needs --auth'],
    [['--auth', 'digest:bob:s3cret'], '--auth must be a scheme'],
  ])('refuses %j as a usage error, and repeats no secret', async (flags, message) => {
    const { code, errors } = await run(['get', '/digest', ...flags]);
    expect(code).toBe(2);
    expect(errors[0]).toContain(message);
    expect(errors.join('\n')).not.toContain('s3cret');
  });

  it('names the option whose file cannot be read', async () => {
    const { code, errors } = await run(['get', '/', '--tls', '--ca', join(folder, 'none')]);
    expect({ code, errors }).toEqual({
      code: 1,
      errors: [expect.stringMatching(/file of --ca cannot be read \(ENOENT\)/)],
    });
  });
});
