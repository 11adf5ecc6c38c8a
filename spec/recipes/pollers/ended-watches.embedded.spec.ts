import fs, { type FSWatcher, mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { makePoller } from '../../../recipes/pollers/index.js';
import { polled, temporaryDirectory } from '../../support/file-trees.js';
import { LeftBehind } from '../../support/left-behind.js';

afterEach(() => {
  vi.restoreAllMocks();
});

it('the watches of directories are asked for anew where the system has ended them by an error', async () => {
  const { watch } = fs;
  const made: FSWatcher[] = [];
  vi.spyOn(fs, 'watch').mockImplementation(((path: Buffer, options: object) => {
    const watcher = watch(path, options as never);
    made.push(watcher);
    return watcher;
  }) as never);
  const { path, next } = await polled({ recurse: true }, (at) => mkdirSync(at('a')));
  // All of them, and only that of the directory below.
  for (const [name, count] of [
    ['1', 2],
    ['2', 1],
  ] as const) {
    const ended = made.splice(0).slice(-count);
    for (const watcher of ended) {
      watcher.close();
      watcher.emit('error', new Error('ended'));
    }
    for (const folder of ['', 'a/']) writeFileSync(path(`${folder}${name}`), '');
    expect(await next()).toEqual([`created ${name}`, `created a/${name}`]);
    expect(made).toHaveLength(ended.length);
    for (const folder of ['', 'a/']) writeFileSync(path(`${folder}${name}`), 'x');
    expect(await next()).toEqual([`modified ${name}`, `modified a/${name}`]);
  }
});

it('a closed poller of a directory is not kept by what all pollers of a process share', async () => {
  const root = temporaryDirectory();
  const closed = new LeftBehind();
  for (let nth = 0; nth < 2; nth += 1) await closed.note(await makePoller(root)).close();
  await closed.untilNothing();
});
