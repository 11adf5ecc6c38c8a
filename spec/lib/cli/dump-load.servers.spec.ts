import { describe, expect } from 'vitest';
import type { ZooKeeperClient } from '../../../index.js';
import { eventually } from '../../../testing/eventually.js';
import { it, objectsIn } from './server-command.js';

const BINARY = Buffer.from([0xff, 0x00, 0x80]);
const READ_ONLY = [{ perms: 17, scheme: 'world', id: 'anyone' }];

async function plant(client: ZooKeeperClient): Promise<void> {
  await client.create('/a', 'root');
  await client.create('/a/b', BINARY);
  await client.create('/a/b/c', '');
  await client.create('/a/box', 'x', { mode: 'container' });
  await client.create('/a/job-', 'y', { mode: 'persistent-sequential' });
  await client.create('/a/locked', 'two\nlines', { acl: READ_ONLY });
}

/** The dump of a tree without the metadata, and relative to its root. */
function bare(output: string, root: string): object[] {
  return objectsIn(output).map(({ path, stat, ...rest }) => ({ path: (path as string).slice(root.length), ...rest }));
}

describe('zk-recipes dump', () => {
  it('prints a znode per line as get --json does, parents first and siblings sorted', async ({ client, run }) => {
    await plant(client);
    const { code, output } = await run(['dump', '/a']);
    expect(code).toBe(0);
    const paths = ['/a', '/a/b', '/a/b/c', '/a/box', '/a/job-0000000002', '/a/locked'];
    expect(objectsIn(output).map(({ path }) => path)).toEqual(paths);
    expect(output).toBe((await run(['get', '--json', ...paths])).output);
  });

  it('bounds the levels by --depth', async ({ client, run }) => {
    await plant(client);
    expect(objectsIn((await run(['dump', '/a', '-d', '1'])).output)).toHaveLength(5);
    expect(objectsIn((await run(['dump', '/a', '-d', '0'])).output)).toMatchObject([{ path: '/a', data: 'root' }]);
  });

  it('leaves out what may not be read, and ends with exit code 1', async ({ client, run }) => {
    await client.create('/a/b/c', '', { makePath: true });
    await client.setAcl('/a/b', [{ perms: 16, scheme: 'world', id: 'anyone' }]);
    const { code, output, errors } = await run(['dump', '/a']);
    expect({ code, paths: objectsIn(output).map(({ path }) => path) }).toEqual({ code: 1, paths: ['/a'] });
    expect(errors).toEqual([expect.stringMatching(/NO_AUTH.* 1, the first is \/a\/b$/)]);
    expect(await run(['dump', '/none'])).toMatchObject({ code: 3, output: '' });
  });

  it('leaves out what belongs to the servers', async ({ port, run }) => {
    const { output } = await run(['dump', '/', '--depth', '1', '--connect', `127.0.0.1:${port}`]);
    const paths = objectsIn(output).map(({ path }) => path);
    expect(paths[0]).toBe('/');
    expect(paths).not.toContain('/zookeeper');
  });
});

describe('zk-recipes load', () => {
  it('says how far it came when it is ended early', async ({ client, start }) => {
    const load = await start(['load'], { input: '{"path":"/a"}\n', isInputOpen: true });
    await eventually(async () => (await client.exists('/a')) !== null);
    load.kill('SIGTERM');
    expect(await load.ended).toMatchObject({ code: 143 });
    expect(load.errors.items).toEqual([
      expect.stringMatching(/so far: \d created; --skip-existing and --overwrite cont/),
    ]);
  });

  it('makes of a dump the same tree, access control lists included', async ({ client, run }) => {
    await plant(client);
    const { output } = await run(['dump', '--acl', '/a']);
    const loaded = await run(['load', '/copy/a', '--parents'], output);
    expect(loaded).toMatchObject({ code: 0, output: '', errors: ['zk-recipes: 6 created'] });
    const copy = await run(['dump', '--acl', '/copy/a']);
    expect(bare(copy.output, '/copy/a')).toEqual(bare(output, '/a'));
  });

  it('restores a tree at its own place', async ({ client, run }) => {
    await plant(client);
    const { output } = await run(['dump', '/a']);
    await client.setAcl('/a/locked', [{ perms: 31, scheme: 'world', id: 'anyone' }]);
    await client.deleteRecursive('/a');
    expect(await run(['load', '-j'], output)).toMatchObject({
      code: 0,
      output: '{"created":6,"overwritten":0,"skipped":0,"ephemeral":0}\n',
    });
    expect(bare((await run(['dump', '/a'])).output, '')).toEqual(bare(output, ''));
  });

  it('ends with exit code 5 at a znode that exists, and can go on from there', async ({ client, run }) => {
    await plant(client);
    const { output } = await run(['dump', '/a']);
    await client.create('/copy');
    await client.create('/copy/b', 'other');
    const refused = await run(['load', '/copy'], output);
    expect(refused).toMatchObject({ code: 5, output: '' });
    expect(refused.errors.at(-1)).toContain('--skip-existing and --overwrite continue');
    const skipped = await run(['load', '/copy', '--skip-existing'], output);
    expect(skipped).toMatchObject({ code: 0, errors: ['zk-recipes: 4 created, 2 left as they were'] });
    expect(String((await client.getData('/copy/b')).data)).toBe('other');
    const overwritten = await run(['load', '/copy', '--overwrite'], output);
    expect(overwritten).toMatchObject({ code: 0, errors: ['zk-recipes: 0 created, 6 overwritten'] });
    expect(bare((await run(['dump', '/copy'])).output, '/copy')).toEqual(bare(output, '/a'));
  });

  it('leaves ephemeral znodes out, and counts them', async ({ client, run }) => {
    await client.create('/a');
    await client.create('/a/e', '', { mode: 'ephemeral' });
    const { output } = await run(['dump', '/a']);
    expect(await run(['load', '/copy'], output)).toMatchObject({
      errors: ['zk-recipes: 1 created, 1 ephemeral left out'],
    });
    expect((await client.getChildren('/copy')).children).toEqual([]);
  });

  it('creates hundreds of znodes in their order, many at the same time', async ({ client, run }) => {
    const paths = [
      '/t',
      ...Array.from({ length: 400 }, (_, index) => `/t/${index % 20}${index < 20 ? '' : `/${index}`}`),
    ];
    const input = paths.map((path) => `${JSON.stringify({ path, data: path })}\n`).join('');
    expect(await run(['load'], input)).toMatchObject({ code: 0, errors: ['zk-recipes: 401 created'] });
    const dumped = objectsIn((await run(['dump', '/t'])).output);
    expect(dumped.every(({ path, data }) => path === data)).toBe(true);
    expect(dumped.map(({ path }) => path).sort()).toEqual(paths.sort());
    expect((await client.getChildren('/t')).children).toHaveLength(20);
  });

  it.for<[string, string]>([
    ['{"path":"/x"}\nnonsense', 'line 2 of stdin is not an object of JSON'],
    ['{"path":"/x"}\n{"path":"/y"}', 'line 2 of stdin: "/y" is not below the first znode, "/x"'],
    ['{"path":"x"}', 'line 1 of stdin: path is not a znode path: it must start with "/"'],
    ['{"path":"/x","acl":[]}', 'line 1 of stdin: acl must be an array of at least one entry'],
    ['{"path":"/x","stat":{"ephemeralOwner":1}}', 'ephemeralOwner of stat must be a decimal number in a string'],
    ['{"path":"/x","data":1}', 'line 1 of stdin: data must be a string'],
  ])('ends at a line that is not valid, with its number: %j', async ([input, reason], { run }) => {
    const { code, errors } = await run(['load'], input);
    expect({ code, error: errors[0] }).toEqual({ code: 2, error: expect.stringContaining(reason) });
  });
});
