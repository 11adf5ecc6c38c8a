import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { it as base, objectsIn } from './server-command.js';

const it = base.extend<{ credentials: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest asks for the pattern
  credentials: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'zk-recipes-acl-'));
    await writeFile(join(folder, 'credentials'), 'alice:secret\n');
    await use(join(folder, 'credentials'));
    await rm(folder, { recursive: true });
  },
});

describe('--auth', () => {
  it('adds several credentials, each from a file of its own', async ({ run, credentials }) => {
    await writeFile(`${credentials}-of-bob`, 'bob:other\n');
    const files = [credentials, `${credentials}-of-bob`].flatMap((file) => ['--auth', 'digest', '--auth-file', file]);
    const { code, output } = await run([...files, 'whoami']);
    expect({ code, identities: output.split('\n').sort() }).toEqual({
      code: 0,
      identities: ['', 'digest:alice', 'digest:bob', 'ip:127.0.0.1'],
    });
  });
});

describe('zk-recipes acl get', () => {
  it('prints an entry per line, as set takes them', async ({ client, run }) => {
    await client.create('/a');
    expect(await run(['acl', 'get', '/a'])).toMatchObject({ code: 0, output: 'world:anyone:cdrwa\n' });
    await run(['acl', 'set', '/a', 'world:anyone:ra', 'ip:10.0.0.0/8:cw,ip:127.0.0.1:d']);
    const { output } = await run(['acl', 'get', '/a']);
    expect(output).toBe('world:anyone:ra\nip:10.0.0.0/8:cw\nip:127.0.0.1:d\n');
    expect(await run(['acl', 'set', '/a', ...output.trim().split('\n')])).toMatchObject({ code: 0, output: '' });
  });

  it('prints the metadata with --stat, and objects with --json', async ({ client, run }) => {
    await client.create('/a');
    expect((await run(['acl', '-s', 'get', '/a'])).output).toMatch(/^world:anyone:cdrwa\nczxid = /);
    expect(objectsIn((await run(['-j', 'acl', 'get', '/a'])).output)).toMatchObject([
      { path: '/a', acl: [{ perms: 31, scheme: 'world', id: 'anyone' }], stat: { aversion: 0 } },
    ]);
  });
});

describe('zk-recipes acl set', () => {
  it('gives the znode to the credentials of --auth-file', async ({ client, run, credentials }) => {
    await client.create('/a', 'mine');
    const auth = ['--auth', 'digest', '--auth-file', credentials];
    expect(await run(['acl', 'set', '/a', 'auth::cdrwa', ...auth])).toMatchObject({ code: 0, errors: [] });
    expect(await run(['get', '/a'])).toMatchObject({ code: 1, output: '' });
    expect(await run(['get', '/a', ...auth])).toMatchObject({ code: 0, output: 'mine' });
    const { output } = await run(['acl', 'get', '/a', ...auth]);
    expect(output).toMatch(/^digest:alice:[\w+/]{27}=:cdrwa\n$/);
    expect(await run(['acl', 'set', '/a', output.trim(), ...auth])).toMatchObject({ code: 0, errors: [] });
  });

  it('sets only the version of the list that is asked for', async ({ client, run }) => {
    await client.create('/a');
    expect(await run(['acl', 'set', '/a', 'world:anyone:cdrwa', '-v', '1'])).toMatchObject({ code: 5 });
    const set = await run(['acl', 'set', '/a', 'world:anyone:cdrwa', '-v', '0', '--json']);
    expect(objectsIn(set.output)).toMatchObject([{ path: '/a', stat: { aversion: 1 } }]);
  });

  it('sets those of all znodes below, the root last', async ({ client, run }) => {
    await client.create('/a/b/c', '', { makePath: true });
    expect(await run(['acl', 'set', '-R', '/a', 'world:anyone:r'])).toMatchObject({ code: 0 });
    for (const path of ['/a', '/a/b', '/a/b/c']) expect((await client.getAcl(path)).acl[0]?.perms).toBe(1);
  });

  it('fails for a missing znode', async ({ run }) => {
    expect(await run(['acl', 'set', '/a', 'world:anyone:r'])).toMatchObject({ code: 3 });
    expect(await run(['acl', 'get', '/a'])).toMatchObject({ code: 3 });
  });
});
