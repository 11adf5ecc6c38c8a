import { describe, expect } from 'vitest';
import { NoNodeError } from '../../../lib/core/errors.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { Recorder } from '../../../testing/recorder.js';
import { it } from '../../support/fixtures.js';

describe('a connect string', () => {
  it('may name a server by its IPv6 address', async ({ port, chroot, connect }) => {
    await using proxy = await FaultProxy.listen({ port }, { host: '::1' });
    const client = await connect({ connectString: `[::1]:${proxy.port}${chroot}` });
    expect(proxy.connectionCount).toBe(1);
    expect(await client.exists('/')).not.toBe(null);
    await client.close();
  });

  it('may have spaces around its hosts', async ({ port, chroot, connect }) => {
    const client = await connect({ connectString: ` 127.0.0.1:${port} , localhost:${port} ${chroot}` });
    expect(await client.exists('/')).not.toBe(null);
  });

  it('may include a host name that does not resolve', async ({ port, chroot, connect }) => {
    const client = await connect({ connectString: `no-such-host.invalid:2181,127.0.0.1:${port}${chroot}` });
    expect(await client.exists('/')).not.toBe(null);
  });

  it('that ends with a slash has no chroot', async ({ port, chroot, connect }) => {
    const client = await connect({ connectString: `127.0.0.1:${port}/` });
    expect(await client.exists(chroot)).not.toBe(null);
  });
});

describe('a chroot', () => {
  it('is stripped from paths, events and errors', async ({ client, other }) => {
    const events = new Recorder<string>();
    await client.getChildren('/', ({ path }) => events.record(path));
    await client.exists('/a', ({ path }) => events.record(path));
    expect(await other.create('/a')).toBe('/a');
    await events.untilCount(2);
    expect([...events.items].sort()).toEqual(['/', '/a']);
    const error: unknown = await client.getData('/b').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ path: '/b', message: expect.stringMatching(/^getData \/b:/) });
  });

  it('that is missing causes one warning, which says how to create it', async ({ port, chroot, connect, logger }) => {
    await connect({ connectString: `127.0.0.1:${port}${chroot}/missing` });
    const warning = (lines: readonly { message: string }[]) =>
      lines.some(({ message }) => message.includes(`${chroot}/missing`) && message.includes("ensurePath('/')"));
    await logger.until(warning);
    expect(logger.messages('warn').length).toBe(1);
  });

  it('that exists causes no warning', async ({ client, logger }) => {
    await client.sync('/');
    expect(logger.items.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('that is missing can be watched, and the watchers are called when it is created', async ({
    port,
    chroot,
    connect,
    client,
  }) => {
    const below = await connect({ connectString: `127.0.0.1:${port}${chroot}/missing` });
    const events = new Recorder<string>();
    const note = ({ type, path }: { type: string; path: string }) => events.record(`${type} ${path}`);
    expect(await below.exists('/', note)).toBe(null);
    expect(await below.exists('/a', note)).toBe(null);
    await expect(below.getData('/', note)).rejects.toThrow(NoNodeError);
    await expect(below.create('/a')).rejects.toThrow(NoNodeError);
    await below.ensurePath('/');
    await events.untilCount(1);
    await below.create('/a');
    await events.untilCount(2);
    expect(events.items).toEqual(['NodeCreated /', 'NodeCreated /a']);
    expect(await client.exists('/missing/a')).not.toBe(null);
  });

  it('stands for the znodes above it, in the error for one that may not be created', async ({
    port,
    chroot,
    connect,
    client,
  }) => {
    await client.create('/shut', '', { acl: [{ perms: 1, scheme: 'world', id: 'anyone' }] });
    const below = await connect({ connectString: `127.0.0.1:${port}${chroot}/shut/my/app` });
    const error: unknown = await below.create('/a', '', { makePath: true }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'NO_AUTH', path: '/', message: expect.stringMatching(/^create \/:/) });
  });

  it('does not match a znode whose name merely begins with the name of the chroot', async ({
    port,
    chroot,
    connect,
    client,
  }) => {
    await client.create('/ab');
    const below = await connect({ connectString: `127.0.0.1:${port}${chroot}/a` });
    const events = new Recorder<string>();
    await below.exists('/', ({ path }) => events.record(path));
    await client.setData('/ab', 'x');
    await client.create('/a');
    expect(await events.untilCount(1)).toEqual(['/']);
  });
});
