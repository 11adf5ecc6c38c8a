import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findPeers } from '../../testing/find-peers.js';
import { installZooKeeper } from '../../testing/install-zookeeper.js';

/** A folder with executables, which is removed in the end. */
async function folderWith(scripts: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'spec-commands-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'bin'));
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return folder;
}

/** An apt-get that notes how it is called, and fails until its lists are up to date. */
async function folderWithApt(): Promise<{ PATH: string; calls: () => Promise<string[]> }> {
  const folder = await folderWith({
    'apt-get': 'echo "$@" >> "$0.calls"; case "$1" in update) touch "$0.fresh";; *) test -e "$0.fresh";; esac',
    flock: 'shift; exec "$@"',
  });
  const calls = async (): Promise<string[]> => {
    const lines = await readFile(join(folder, 'bin', 'apt-get.calls'), 'utf8').catch(() => '');
    return lines.split('\n').filter((line) => line !== '');
  };
  return { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, calls };
}

describe('findPeers', () => {
  it('takes the zkCli.sh of ZOOKEEPER_HOME', async () => {
    const home = await folderWith({ 'zkCli.sh': '' });
    const { zkCli } = await findPeers({ ZOOKEEPER_HOME: home, PATH: '' });
    expect(zkCli).toBe(join(home, 'bin', 'zkCli.sh'));
  });

  it('installs nothing for a ZOOKEEPER_HOME, though it may have no zkCli.sh', async () => {
    const { PATH, calls } = await folderWithApt();
    const { zkCli } = await findPeers({ ZOOKEEPER_HOME: '/nowhere', PATH });
    expect(zkCli).toBe(null);
    expect(await calls()).toEqual([]);
  });
});

describe('installZooKeeper', () => {
  it('installs the server and the clients in one run, with fresh package lists only when it must', async () => {
    const { PATH, calls } = await folderWithApt();
    await installZooKeeper({ PATH }, () => {});
    const install = expect.stringMatching(/^install .* zookeeper python3-kazoo$/);
    expect(await calls()).toEqual([install, 'update -q', install]);
    await installZooKeeper({ PATH }, () => {});
    expect(await calls()).toHaveLength(4);
  });
});
