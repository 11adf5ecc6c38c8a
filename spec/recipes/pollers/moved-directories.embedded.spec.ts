import fs, {
  type BigIntStats,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makePoller } from '../../../recipes/pollers/index.js';
import { eventLines, PLACES, polled as polledIn, temporaryDirectory } from '../../support/file-trees.js';

const { readdir, readdirSync } = fs;

type Callback = (error: Error | null, stat: BigIntStats) => void;

afterEach(() => {
  vi.restoreAllMocks();
});

describe.for(PLACES)('a poller of a directory $name', ({ folder }) => {
  const polled = (...[options, prepare]: Parameters<typeof polledIn>) => polledIn(options, prepare, folder);

  it('P7: does not follow a link in the place of a directory that had another name before', async () => {
    const outside = join(temporaryDirectory(folder), 'moved');
    const { path, next } = await polled({ recurse: true }, (at) => mkdirSync(at('before')));
    renameSync(path('before'), path('after'));
    expect(await next()).toEqual(['deleted before/', 'created after/']);
    renameSync(path('after'), outside);
    symlinkSync(outside, path('after'));
    for (const lines of [['modified after recreated'], []]) {
      writeFileSync(join(outside, `file${lines.length}`), '');
      expect(await next()).toEqual(lines);
    }
  });

  it('P7: does not follow a link in the place of a directory that another poller knows by another name', async () => {
    const outside = temporaryDirectory(folder);
    const { root, path, poller } = await polled({ recurse: true }, (at) => mkdirSync(at('a')));
    await poller.close();
    symlinkSync(path('a'), join(outside, 'link'));
    await using linked = await makePoller(join(outside, 'link'));
    await using other = await makePoller(root, { recurse: true });
    renameSync(path('a'), join(outside, 'moved'));
    symlinkSync(join(outside, 'moved'), path('a'));
    for (const lines of [['modified a recreated'], []]) {
      writeFileSync(join(outside, 'moved', `file${lines.length}`), '');
      expect(eventLines(root, await other.getNewEvents())).toEqual(lines);
    }
    expect(linked.kind).toBe('inotify');
  });

  it('P7: does not follow a link in the place of a directory with a file that rests', async () => {
    const outside = join(temporaryDirectory(folder), 'moved');
    const { path, next } = await polled({ recurse: true, timeBoundary: 2 ** 31 - 1 }, (at) => mkdirSync(at('a')));
    const lstat = vi.spyOn(fs, 'lstat');
    writeFileSync(path('a/file'), '');
    expect(await next()).toEqual([]);
    renameSync(path('a'), outside);
    symlinkSync(outside, path('a'));
    expect(await next()).toEqual([]);
    lstat.mockClear();
    expect(await next()).toEqual([]);
    expect(lstat.mock.calls.map(([at]) => at)).toEqual([path('a')]);
  });

  it('P6: watches a moved directory that is made again, where files have no time of birth', async () => {
    const { stat } = fs;
    vi.spyOn(fs, 'stat').mockImplementation(((at: string, options: object, callback: Callback) => {
      // That of Node says whether the system has times of birth.
      stat(at, { ...options, bigint: true }, (error, found) => {
        if (at === process.execPath) found.birthtimeNs = found.ctimeNs;
        callback(error, found);
      });
    }) as never);
    const { path, next } = await polled({ recurse: true }, (at) => mkdirSync(at('before')));
    renameSync(path('before'), path('after'));
    expect(await next()).toEqual(['deleted before/', 'created after/']);
    const { ino } = statSync(path('after'));
    rmdirSync(path('after'));
    mkdirSync(path('after'));
    const isSame = statSync(path('after')).ino === ino;
    expect(await next()).toEqual(isSame ? [] : ['modified after/ recreated']);
    writeFileSync(path('after/file'), '');
    expect(await next()).toEqual(['created after/file']);
  });

  it('reports what was deleted in a directory that could not be read at the start', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const { root, path, poller } = await polled({ recurse: true }, (at) => {
      mkdirSync(at('a/b'), { recursive: true });
      for (const name of ['a/gone', 'a/b/gone', 'a/b/kept']) writeFileSync(at(name), '');
    });
    const since = poller.checkpoint();
    for (const name of ['a/gone', 'a/b/gone']) rmSync(path(name));
    for (const method of ['readdir', 'readdirSync'] as const) {
      vi.spyOn(fs, method).mockImplementation(((at: string, options: object, callback?: Callback) => {
        const error = Object.assign(new Error('no'), { code: 'EACCES' });
        const isRefused = at === path('a');
        if (!callback && !isRefused) return readdirSync(at, options);
        if (!callback) throw error;
        if (isRefused) return callback(error, undefined as never);
        return readdir(at, options as never, callback as never);
      }) as never);
    }
    await using other = await makePoller(root, { recurse: true, since });
    expect(await other.getNewEvents()).toEqual([]);
    vi.mocked(fs.readdir).mockRestore();
    vi.mocked(fs.readdirSync).mockRestore();
    expect(eventLines(root, await other.getNewEvents())).toEqual(['deleted a/gone', 'deleted a/b/gone']);
    expect(warn).toHaveBeenCalledTimes(1);
  });
});
