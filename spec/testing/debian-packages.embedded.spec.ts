import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { cacheFolder, NoDebianPackagesError, unpackDebianPackages } from '../../testing/debian-packages.js';
import { requestedVersion } from '../../testing/zookeeper-versions.js';

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spec-cache-'));
  vi.stubEnv('TMPDIR', folder);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });
});

describe('packages of Debian', () => {
  it('cannot be unpacked where there is no apt-get, which the error says', async () => {
    vi.stubEnv('PATH', '');
    const failure = unpackDebianPackages('bookworm', ['example-package']);
    await expect(failure).rejects.toThrow(NoDebianPackagesError);
    await expect(failure).rejects.toThrow(/example-package of Debian's bookworm.*there is no apt-get/);
  });
});

describe('a cache folder', () => {
  it('is the same one again, for its owner alone', async () => {
    const folder = await cacheFolder('spec-example');
    expect(await cacheFolder('spec-example')).toBe(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('is refused when others can write to it', async () => {
    const folder = join(tmpdir(), `spec-example-${process.getuid?.()}`);
    await mkdir(folder);
    await chmod(folder, 0o777);
    await expect(cacheFolder('spec-example')).rejects.toThrow('only its owner');
  });
});

describe('ZOOKEEPER_VERSION', () => {
  it('names a version that the specs run on', () => {
    expect(requestedVersion({ ZOOKEEPER_VERSION: '3.9.3' })).toBe('3.9.3');
    expect(requestedVersion({})).toBe(null);
    expect(() => requestedVersion({ ZOOKEEPER_VERSION: '3.9' })).toThrow('ZOOKEEPER_VERSION must be one of 3.8.0,');
  });
});
