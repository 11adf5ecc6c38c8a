import { describe, expect } from 'vitest';
import { toHex } from '../../../lib/core/to-hex.js';
import { it, objectsIn } from './server-command.js';

const BINARY = Buffer.from([0xff, 0x00, 0x80]);

describe('zk-recipes stat', () => {
  it('prints the metadata, zxids in hexadecimal and times in UTC', async ({ client, run }) => {
    await client.create('/a', 'on');
    const stat = await client.exists('/a');
    const { code, output } = await run(['stat', '/a']);
    expect(code).toBe(0);
    const lines = output.split('\n');
    expect(lines).toContain(`czxid = ${toHex(stat?.czxid ?? 0n)}`);
    expect(lines).toContain(`mtime = ${new Date(stat?.mtime ?? 0).toISOString()}`);
    expect(lines).toContain('dataLength = 2');
    expect(lines).toHaveLength(12);
  });

  it('prints the path first when there are several, and goes on after a missing one', async ({ client, run }) => {
    for (const path of ['/a', '/c']) await client.create(path);
    const { code, output, errors } = await run(['stat', '/a', '/b', '/c']);
    expect(code).toBe(3);
    expect(output.match(/^\/.*/gm)).toEqual(['/a', '/c']);
    expect(errors).toEqual(['zk-recipes: there is no znode /b (NO_NODE)', 'zk-recipes: failed for 1 of 3 paths']);
  });

  it('prints with --json what get prints as stat', async ({ client, run }) => {
    await client.create('/a');
    const [stat, get] = [await run(['-j', 'stat', '/a']), await run(['get', '--json', '/a'])];
    expect(objectsIn(stat.output)).toEqual([{ path: '/a', stat: objectsIn(get.output)[0]?.stat }]);
  });
});

describe('--stat adds the metadata', () => {
  it('to get, ls and set', async ({ client, run }) => {
    await client.create('/a/b', '', { makePath: true });
    await client.setData('/a', 'on');
    expect((await run(['get', '-s', '/a'])).output).toMatch(/^on\nczxid = 0x[\da-f]+\n/);
    expect((await run(['ls', '-s', '/a'])).output).toMatch(/^b\nczxid = 0x[\da-f]+\n/);
    expect((await run(['set', '-s', '/a', 'off'])).output).toMatch(/\nversion = 2\n/);
  });
});

describe('several paths', () => {
  it('are read one after the other', async ({ client, run }) => {
    await client.create('/a', '1\n');
    await client.create('/b', '2\n');
    await client.create('/b/c');
    expect(await run(['get', '/a', '/b'])).toMatchObject({ code: 0, output: '1\n2\n' });
    expect(await run(['ls', '/a', '/b'])).toMatchObject({ code: 0, output: '/a:\n/b:\nc\n' });
    expect(objectsIn((await run(['get', '-j', '/a', '/b'])).output)).toMatchObject([{ path: '/a' }, { path: '/b' }]);
  });

  it('are deleted, as far as it can be done', async ({ client, run }) => {
    for (const path of ['/a', '/b', '/b/c', '/d']) await client.create(path);
    const { code, errors } = await run(['delete', '/a', '/b', '/d']);
    expect({ code, last: errors.at(-1) }).toEqual({ code: 5, last: 'zk-recipes: failed for 1 of 3 paths' });
    expect((await client.getChildren('/')).children).toEqual(['b']);
  });
});

describe('--prev', () => {
  it('prints the data that set has replaced, and that delete has deleted', async ({ client, run }) => {
    await client.create('/a', BINARY);
    expect((await run(['set', '/a', 'new', '--prev'])).bytes).toEqual(BINARY);
    const [set] = objectsIn((await run(['set', '/a', 'newer', '-pj'])).output);
    expect(set).toMatchObject({ path: '/a', stat: { version: 2 }, previous: { data: 'new', stat: { version: 1 } } });
    const [deleted] = objectsIn((await run(['delete', '/a', '-pj'])).output);
    expect(deleted).toMatchObject({ path: '/a', data: 'newer', encoding: 'utf8', stat: { version: 2 } });
    expect(await client.exists('/a')).toBe(null);
  });

  it('writes only the version that is asked for', async ({ client, run }) => {
    await client.create('/a', 'old');
    expect(await run(['set', '/a', 'new', '--prev', '-v', '3'])).toMatchObject({ code: 5, output: '' });
    expect(await run(['set', '/a', 'new', '--prev', '-v', '0'])).toMatchObject({ code: 0, output: 'old' });
  });
});

describe('zk-recipes create', () => {
  it('takes the options of zkCli', async ({ client, run }) => {
    expect(await run(['create', '-s', '/job-', 'x'])).toMatchObject({ code: 0, output: '/job-0000000000\n' });
    expect(await run(['create', '-c', '/box'])).toMatchObject({ code: 0 });
    expect(await run(['create', '-pa', 'world:anyone:r,world:anyone:ca', '/deep/a'])).toMatchObject({ code: 0 });
    expect((await client.getAcl('/deep/a')).acl).toMatchObject([{ perms: 1 }, { perms: 20 }]);
  });
});

describe('zk-recipes ls --recursive', () => {
  it('counts znodes, and finds the ephemeral ones', async ({ client, run }) => {
    await client.create('/a/b', '', { makePath: true });
    for (const path of ['/a/e', '/f']) await client.create(path, '', { mode: 'ephemeral' });
    await client.create('/a/c', '', { mode: 'container' });
    expect((await run(['ls', '-R', '--ephemeral', '/'])).output).toBe('/a/e\n/f\n');
    expect((await run(['ls', '-R', '--total', '/a'])).output).toBe('4\n');
    expect((await run(['ls', '-R', '--total', '--ephemeral', '/a', '-j'])).output).toBe('{"path":"/a","total":1}\n');
  });
});

describe('zk-recipes whoami', () => {
  it('prints the identities of the command', async ({ run }) => {
    expect((await run(['whoami'])).output).toBe('ip:127.0.0.1\n');
    expect(objectsIn((await run(['whoami', '-j'])).output)).toEqual([
      { identities: [{ scheme: 'ip', id: '127.0.0.1' }] },
    ]);
  });
});

describe('zk-recipes sync', () => {
  it('prints nothing when the ensemble answers', async ({ run }) => {
    expect(await run(['sync', '/'])).toMatchObject({ code: 0, output: '', errors: [] });
  });
});
