import { type BigIntStats, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { makePoller, type PollEvent, type PollerOptions } from '../../recipes/pollers/index.js';

/** Folders for the directories of specs: on a disk, and in memory where the machine has that. */
export const PLACES: readonly { readonly name: string; readonly folder: string }[] = [
  { name: 'on a disk', folder: tmpdir() },
  { name: 'in memory', folder: '/dev/shm' },
];

/** A directory that is removed at the end of the spec. */
export function temporaryDirectory(folder = tmpdir()): string {
  const directory = mkdtempSync(join(folder, 'spec-poller-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** An event for a person: `modified a/b recreated`. */
function eventLine(directory: string, { type, subject, recreated, directory: isDirectory }: PollEvent): string {
  const path = decodeURIComponent(subject.slice(pathToFileURL(directory).href.length + 1));
  return `${type} ${path}${isDirectory ? '/' : ''}${recreated ? ' recreated' : ''}`;
}

export function eventLines(directory: string, events: readonly PollEvent[]): string[] {
  return events.map((event) => eventLine(directory, event));
}

/** The files below a directory, as an independent walk finds them. */
export type FileTree = ReadonlyMap<string, BigIntStats>;

export function walk(directory: string, isDeep = true): FileTree {
  const tree = new Map<string, BigIntStats>();
  const visit = (prefix: string): void => {
    for (const name of readdirSync(join(directory, prefix)).sort()) {
      const path = join(prefix, name);
      const stat = lstatSync(join(directory, path), { bigint: true });
      tree.set(path, stat);
      if (isDeep && stat.isDirectory()) visit(path);
    }
  };
  try {
    visit('');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return tree;
}

/** How a tree has become another one: the events of a poller, as lines, in any order. */
export function differences(before: FileTree, now: FileTree): string[] {
  const lines: string[] = [];
  for (const [path, stat] of before) if (!now.has(path)) lines.push(`deleted ${path}${slash(stat)}`);
  for (const [path, stat] of now) {
    const old = before.get(path);
    if (!old) lines.push(`created ${path}${slash(stat)}`);
    else if (isOther(old, stat)) lines.push(`modified ${path}${slash(stat)} recreated`);
    else if (!stat.isDirectory() && timesOf(old) !== timesOf(stat)) lines.push(`modified ${path}`);
  }
  return lines;
}

function slash(stat: BigIntStats): string {
  return stat.isDirectory() ? '/' : '';
}

function isOther(one: BigIntStats, other: BigIntStats): boolean {
  return [one.dev !== other.dev, one.ino !== other.ino, one.birthtimeNs !== other.birthtimeNs].includes(true);
}

function timesOf({ size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${size} ${mtimeNs} ${ctimeNs}`;
}

/** A poller of a new directory, which is filled before the poller knows it. Both go when the spec ends. */
export async function polled(
  options: PollerOptions = { recurse: true },
  prepare: (path: (name: string) => string) => void = () => {},
  folder = tmpdir(),
) {
  const root = temporaryDirectory(folder);
  const path = (name: string): string => join(root, name);
  prepare(path);
  const poller = await makePoller(root, options);
  onTestFinished(() => poller.close());
  return { root, path, poller, next: async () => eventLines(root, await poller.getNewEvents()) };
}
