import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { canInstallZooKeeper, installZooKeeper } from './install-zookeeper.js';
import { onPath } from './on-path.js';

declare module 'vitest' {
  export interface ProvidedContext {
    peers: Peers;
  }
}

/** Other programs that speak to ZooKeeper; null where one is missing. */
export interface Peers {
  /** ZooKeeper's own command line client, the script. */
  readonly zkCli: string | null;
  /** A Python that has kazoo. */
  readonly kazooPython: string | null;
}

/** Finds the peers, and where possible installs those that are missing. Never throws. */
export async function findPeers(env: NodeJS.ProcessEnv = process.env): Promise<Peers> {
  const found = await lookUp(env);
  if ((found.zkCli && found.kazooPython) || !canInstallZooKeeper(env)) return found;
  try {
    await installZooKeeper(env);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  }
  return lookUp(env);
}

async function lookUp(env: NodeJS.ProcessEnv): Promise<Peers> {
  const bin = env.ZOOKEEPER_HOME ? join(env.ZOOKEEPER_HOME, 'bin') : '/usr/share/zookeeper/bin';
  // The system's Python first: another one on the PATH does not see Debian's packages.
  const pythons = ['/usr/bin/python3', onPath('python3', env.PATH ?? '')];
  return {
    zkCli: await firstThat(isExecutable, [join(bin, 'zkCli.sh')]),
    kazooPython: await firstThat(hasKazoo, pythons),
  };
}

async function firstThat(
  test: (file: string) => Promise<unknown>,
  files: readonly (string | null)[],
): Promise<string | null> {
  for (const file of files) {
    const passes =
      file !== null &&
      test(file).then(
        () => true,
        () => false,
      );
    if (await passes) return file;
  }
  return null;
}

const isExecutable = (file: string): Promise<void> => access(file, constants.X_OK);

const hasKazoo = (python: string): Promise<unknown> => promisify(execFile)(python, ['-c', 'import kazoo.client']);
