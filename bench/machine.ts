import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import type { Machine } from './results.js';

/** Describes the machine on which the bench runs. */
export function machine(): Machine {
  return {
    system: `${type()} ${release()}`,
    processor: cpus()[0]?.model ?? 'unknown',
    processors: availableParallelism(),
    memoryBytes: totalmem(),
    loadAtStart: loadavg()[0],
  };
}

/** The versions of the measured software, and of the server that answered with `srvr`. */
export async function versions(srvr: string): Promise<Record<string, string>> {
  return {
    'zk-recipes': await packageVersion('../package.json'),
    'node-zookeeper-client': await packageVersion('../node_modules/node-zookeeper-client/package.json'),
    node: process.version,
    zookeeper: /^Zookeeper version: ([\d.]+)/m.exec(srvr)?.[1] ?? 'unknown',
  };
}

async function packageVersion(file: string): Promise<string> {
  return JSON.parse(await readFile(new URL(file, import.meta.url), 'utf8')).version;
}
