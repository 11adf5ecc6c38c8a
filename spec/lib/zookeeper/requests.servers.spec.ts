import { createHash } from 'node:crypto';
import { describe, expect } from 'vitest';
import {
  AuthFailedError,
  BadVersionError,
  InvalidAclError,
  NoAuthError,
  NoChildrenForEphemeralsError,
  NodeExistsError,
  NoNodeError,
  NotEmptyError,
} from '../../../lib/core/errors.js';
import { it } from '../../support/fixtures.js';
import { createWithNullData } from '../../support/raw-create.js';

const OPEN = [{ perms: 31, scheme: 'world', id: 'anyone' }];

describe('create()', () => {
  it('creates a znode with the given data, which another client reads', async ({ client, other }) => {
    expect(await client.create('/text', 'grüße')).toBe('/text');
    expect(await client.create('/bytes', Buffer.from([0, 255]))).toBe('/bytes');
    expect(await client.create('/empty')).toBe('/empty');
    expect((await other.getData('/text')).data.toString()).toBe('grüße');
    expect([...(await other.getData('/bytes')).data]).toEqual([0, 255]);
    expect((await other.getData('/empty')).data.length).toBe(0);
  });

  it('creates ephemeral znodes, which are deleted with the session', async ({ client, other }) => {
    await client.create('/mine', '', { mode: 'ephemeral' });
    expect((await other.exists('/mine'))?.ephemeralOwner).toBe(client.sessionId);
    await client.close();
    expect(await other.exists('/mine')).toBe(null);
  });

  it('creates sequential znodes and resolves with their paths', async ({ client, other }) => {
    await client.create('/queue');
    const names = [
      await client.create('/queue/job-', '', { mode: 'persistent-sequential' }),
      await client.create('/queue/job-', '', { mode: 'ephemeral-sequential' }),
      await client.create('/queue/', '', { mode: 'persistent-sequential' }),
    ];
    expect(names).toEqual(['/queue/job-0000000000', '/queue/job-0000000001', '/queue/0000000002']);
    expect((await other.getChildren('/queue')).children.sort()).toEqual(names.map((name) => name.slice(7)).sort());
    expect((await other.exists('/queue/job-0000000001'))?.ephemeralOwner).toBe(client.sessionId);
  });

  it('creates a sequential znode with the path "/" below the root, not beside the chroot', async ({
    client,
    other,
  }) => {
    const path = await client.create('/', '', { mode: 'persistent-sequential' });
    expect(path).toMatch(/^\/\d{10}$/);
    expect(await other.exists(path)).not.toBe(null);
    await client.transaction().create('/', '', { mode: 'persistent-sequential' }).commit();
    expect((await other.getChildren('/')).children.length).toBe(2);
  });

  it('creates missing parents with makePath, with the same ACL', async ({ client, other }) => {
    const acl = [{ perms: 31 - 16, scheme: 'world', id: 'anyone' }];
    await client.create('/a/b/c', 'deep', { makePath: true, acl });
    expect((await other.getData('/a/b/c')).data.toString()).toBe('deep');
    expect((await other.getAcl('/a/b')).acl).toEqual(acl);
    expect(await client.create('/a/x/job-', '', { makePath: true, mode: 'ephemeral-sequential' })).toBe(
      '/a/x/job-0000000000',
    );
  });

  it('creates missing parents for two clients at the same time', async ({ client, other }) => {
    const paths = Array.from({ length: 20 }, (_, nth) => `/way/down/here-${nth}`);
    await Promise.all(paths.map((path, nth) => (nth % 2 ? client : other).create(path, '', { makePath: true })));
    expect((await client.getChildren('/way/down')).children.length).toBe(20);
  });

  it('creates a missing chroot along with the parents', async ({ connect, client, chroot, port }) => {
    const below = await connect({ connectString: `127.0.0.1:${port}${chroot}/not/there` });
    await below.create('/a', 'x', { makePath: true });
    expect((await client.getData('/not/there/a')).data.toString()).toBe('x');
  });

  it('creates a missing chroot itself along with its parents', async ({ connect, client, chroot, port }) => {
    const below = await connect({ connectString: `127.0.0.1:${port}${chroot}/not/there` });
    expect(await below.create('/', 'x', { makePath: true })).toBe('/');
    expect((await client.getData('/not/there')).data.toString()).toBe('x');
  });

  it('rejects with an error that names the reason', async ({ client }) => {
    await client.create('/there');
    await client.create('/mine', '', { mode: 'ephemeral' });
    await expect(client.create('/there')).rejects.toThrow(NodeExistsError);
    await expect(client.create('/there')).rejects.toMatchObject({ code: 'NODE_EXISTS', path: '/there' });
    await expect(client.create('/no/parent')).rejects.toThrow(NoNodeError);
    await expect(client.create('/mine/child')).rejects.toThrow(NoChildrenForEphemeralsError);
    await expect(client.create('/a', '', { acl: [{ perms: 31, scheme: 'odd', id: '' }] })).rejects.toThrow(
      InvalidAclError,
    );
  });
});

describe('reads', () => {
  it('return data, children and the stat', async ({ client, other }) => {
    await other.create('/a', 'one');
    await other.setData('/a', 'three');
    for (const name of ['x', 'y', 'é']) await other.create(`/a/${name}`);
    const { data, stat } = await client.getData('/a');
    const { children, stat: sameStat } = await client.getChildren('/a');
    expect([data.toString(), children.sort()]).toEqual(['three', ['x', 'y', 'é']]);
    expect(await client.exists('/a')).toEqual(stat);
    expect(sameStat).toEqual(stat);
    expect(stat).toMatchObject({ version: 1, cversion: 3, aversion: 0, dataLength: 5, numChildren: 3 });
    expect(stat.ephemeralOwner).toBe(0n);
    expect(stat.pzxid).toBeGreaterThan(stat.mzxid);
    expect(stat.mzxid).toBeGreaterThan(stat.czxid);
    expect(stat.mtime).toBeGreaterThanOrEqual(stat.ctime);
    expect(Math.abs(stat.ctime - Date.now())).toBeLessThan(60_000);
  });

  it('return an empty Buffer for null data', async ({ client, chroot, port }) => {
    await createWithNullData(port, `${chroot}/null`);
    const { data, stat } = await client.getData('/null');
    expect(Buffer.isBuffer(data)).toBe(true);
    expect([data.length, stat.dataLength]).toEqual([0, 0]);
  });

  it('resolve with null, or reject with NoNodeError, for a missing znode', async ({ client }) => {
    expect(await client.exists('/no')).toBe(null);
    for (const call of [client.getData('/no'), client.getChildren('/no'), client.getAcl('/no')]) {
      await expect(call).rejects.toThrow(NoNodeError);
      await expect(call).rejects.toMatchObject({ code: 'NO_NODE', path: '/no', retryable: false, serverCode: -101 });
    }
  });

  it('map the root to the chroot', async ({ client, other }) => {
    await other.create('/a');
    expect((await client.getChildren('/')).children).toEqual(['a']);
  });

  it('reflect every earlier write after sync()', async ({ client, other }) => {
    await client.create('/a', 'old');
    await other.setData('/a', 'new');
    expect(await client.sync('/a')).toBe(undefined);
    expect((await client.getData('/a')).data.toString()).toBe('new');
    await client.sync('/');
  });
});

describe('setData() and delete()', () => {
  it('act at any version, or only at the version given', async ({ client }) => {
    await client.create('/a');
    expect((await client.setData('/a', 'one')).version).toBe(1);
    expect((await client.setData('/a', Buffer.from('two'), 1)).version).toBe(2);
    await client.delete('/a', 2);
    await client.create('/a');
    await client.setData('/a', 'one', 0);
    await client.delete('/a');
    expect(await client.exists('/a')).toBe(null);
  });

  it('treat 0 as the version 0, not as any version', async ({ client }) => {
    await client.create('/a');
    await client.setData('/a', 'one');
    for (const call of [client.setData('/a', 'x', 0), client.delete('/a', 0)]) {
      await expect(call).rejects.toThrow(BadVersionError);
      await expect(call).rejects.toMatchObject({ code: 'BAD_VERSION', path: '/a' });
    }
    expect((await client.getData('/a')).data.toString()).toBe('one');
  });

  it('accept every version of 32 bits, because a server hands them out when they wrap', async ({ client }) => {
    await client.create('/a');
    for (const version of [-(2 ** 31), -2, 2 ** 31 - 1]) {
      for (const call of [
        client.setData('/a', 'x', version),
        client.delete('/a', version),
        client.setAcl('/a', [{ perms: 31, scheme: 'world', id: 'anyone' }], version),
        client.transaction().check('/a', version).commit(),
        client.transaction().setData('/a', 'x', version).commit(),
        client.transaction().delete('/a', version).commit(),
      ]) {
        await expect(call).rejects.toMatchObject({ code: 'BAD_VERSION', path: '/a', serverCode: -103 });
      }
    }
  });

  it('reject with an error that names the reason', async ({ client }) => {
    await client.create('/a/b', '', { makePath: true });
    await expect(client.delete('/a')).rejects.toThrow(NotEmptyError);
    await expect(client.delete('/no')).rejects.toThrow(NoNodeError);
    await expect(client.setData('/no', '')).rejects.toThrow(NoNodeError);
  });
});

describe('recursive operations', () => {
  it('ensure a path, including the chroot, and may be repeated', async ({ connect, client, chroot, port }) => {
    const below = await connect({ connectString: `127.0.0.1:${port}${chroot}/c1/c2` });
    await below.ensurePath('/');
    expect(await client.exists('/c1/c2')).not.toBe(null);
    await below.ensurePath('/a/b');
    await below.ensurePath('/a/b');
    expect(await client.exists('/c1/c2/a/b')).not.toBe(null);
  });

  it('delete a branch, and succeed when it is missing', async ({ client, other }) => {
    const paths = Array.from({ length: 50 }, (_, nth) => `/tree/${nth % 5}/${nth % 7}/${nth}`);
    await Promise.all(paths.map((path) => client.create(path, '', { makePath: true })));
    await client.deleteRecursive('/tree');
    expect(await other.exists('/tree')).toBe(null);
    await client.deleteRecursive('/tree');
  });

  it('delete the same branch from two clients at once', async ({ client, other }) => {
    const paths = Array.from({ length: 30 }, (_, nth) => `/tree/${nth % 3}/${nth}`);
    await Promise.all(paths.map((path) => client.create(path, '', { makePath: true })));
    await Promise.all([client.deleteRecursive('/tree'), other.deleteRecursive('/tree')]);
    expect(await client.exists('/tree')).toBe(null);
  });
});

describe('access control', () => {
  const digest = (text: string): string => createHash('sha1').update(text).digest('base64');
  const OWNED = [{ perms: 31, scheme: 'digest', id: `user:${digest('user:pass')}` }];

  it('can be read and set, at a version when one is given', async ({ client }) => {
    await client.create('/a');
    expect(await client.getAcl('/a')).toMatchObject({ acl: OPEN, stat: { aversion: 0 } });
    const acl = [{ perms: 1 + 16, scheme: 'world', id: 'anyone' }];
    expect((await client.setAcl('/a', acl, 0)).aversion).toBe(1);
    expect((await client.getAcl('/a')).acl).toEqual(acl);
    await expect(client.setAcl('/a', acl, 0)).rejects.toThrow(BadVersionError);
    expect((await client.setAcl('/a', OPEN)).aversion).toBe(2);
  });

  it('admits a client that was constructed with the credentials, or has added them', async ({ client, connect }) => {
    const owner = await connect({ auth: [{ scheme: 'digest', auth: 'user:pass' }] });
    await owner.create('/secret', 'data', { acl: OWNED });
    await expect(client.getData('/secret')).rejects.toThrow(NoAuthError);
    await expect(client.getData('/secret')).rejects.toMatchObject({ code: 'NO_AUTH', path: '/secret' });
    client.addAuth('digest', 'user:pass');
    expect((await client.getData('/secret')).data.toString()).toBe('data');
  });

  it('still admits a client after its connection was cut', async ({ proxy, proxied, other }) => {
    proxied.addAuth('digest', 'user:pass');
    await proxied.create('/secret', 'data', { acl: OWNED });
    await expect(other.getData('/secret')).rejects.toThrow(NoAuthError);
    proxy.cut();
    expect((await proxied.getData('/secret')).data.toString()).toBe('data');
  });

  it('makes connect() reject for a scheme that the server does not know', async ({ makeClient }) => {
    const client = makeClient({ auth: [{ scheme: 'odd', auth: 'x' }] });
    const error: unknown = await client.connect().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AuthFailedError);
    expect(error).toMatchObject({
      code: 'AUTH_FAILED',
      message: expect.stringContaining('an unknown scheme of length 3'),
    });
    expect(client.state).toBe('latent');
  });
});
