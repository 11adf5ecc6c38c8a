import {
  appendFileSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { makePoller, PollerError } from '../../../recipes/pollers/index.js';
import { Recorder } from '../../../testing/recorder.js';
import { eventLines, PLACES, polled as polledIn, temporaryDirectory } from '../../support/file-trees.js';
import { rejectionOf } from '../../support/rejection.js';

describe.for(PLACES)('a poller of a directory $name', ({ folder }) => {
  const polled = (...[options, prepare]: Parameters<typeof polledIn>) => polledIn(options, prepare, folder);

  it('has its facts, and gives events with theirs', async () => {
    const { root, path, poller } = await polled();
    expect(poller).toMatchObject({ url: pathToFileURL(root).href, recurse: true, kind: 'inotify' });
    writeFileSync(path('file'), 'four');
    utimesSync(path('file'), 1, 1.5);
    mkdirSync(path('folder'));
    const [file, directory, ...others] = await poller.getNewEvents();
    expect(others).toEqual([]);
    expect(file).toEqual({
      subject: `${pathToFileURL(root).href}/file`,
      type: 'created',
      recreated: false,
      size: 4,
      modified: new Date(1_500),
    });
    expect(directory).toMatchObject({ directory: true, type: 'created' });
    expect(directory).not.toHaveProperty('size');
  });

  it('takes a path, a URL as text and a URL', async () => {
    const { root, poller } = await polled();
    for (const url of [`${root}/`, `${pathToFileURL(root).href}/`, pathToFileURL(root)]) {
      const other = await makePoller(url, { since: poller.checkpoint() });
      expect(other.url).toBe(poller.url);
      await other.close();
    }
  });

  it('P1: reports each entry once, whatever happened to it in between', async () => {
    const { path, next } = await polled({ recurse: true }, (at) => {
      for (const name of ['changed', 'gone', 'again']) writeFileSync(at(name), 'old');
    });
    writeFileSync(path('changed'), 'one');
    writeFileSync(path('changed'), 'two');
    rmSync(path('gone'));
    rmSync(path('again'));
    writeFileSync(path('between'), '');
    writeFileSync(path('again'), 'old');
    rmSync(path('between'));
    writeFileSync(path('new'), '');
    appendFileSync(path('new'), 'more');
    expect(await next()).toEqual(['deleted gone', 'modified again recreated', 'modified changed', 'created new']);
    expect(await next()).toEqual([]);
  });

  it('encodes names in subjects, also those that are no UTF-8', async () => {
    const { root, path, poller } = await polled();
    const name = 'ü &name=x?#%\n';
    writeFileSync(path(name), '');
    const bytes = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe, 0x61])]);
    writeFileSync(bytes, '');
    const subjects = (await poller.getNewEvents()).map(({ subject }) => subject);
    expect(subjects.map((each) => each.slice(poller.url.length + 1)).sort()).toEqual([
      '%C3%BC%20%26name%3Dx%3F%23%25%0A',
      '%FF%FEa',
    ]);
    expect(subjects.map((each) => (each.endsWith('%FF%FEa') ? '' : fileURLToPath(each)))).toContain(path(name));
    rmSync(bytes);
    expect((await poller.getNewEvents()).map(({ type }) => type)).toEqual(['deleted']);
  });

  it('leaves out what is deeper without `recurse`', async () => {
    const { path, next } = await polled({});
    mkdirSync(path('a/b'), { recursive: true });
    writeFileSync(path('a/file'), '');
    writeFileSync(path('file'), '');
    expect(await next()).toEqual(['created a/', 'created file']);
    writeFileSync(path('a/other'), '');
    expect(await next()).toEqual([]);
  });

  it('leaves out what `ignore` names, with all below it', async () => {
    const { path, next } = await polled({ recurse: true, ignore: (subject) => /\/(tmp|[^/]*~)$/.test(subject) });
    for (const name of ['tmp/a', 'b/tmp/c', 'b/d']) mkdirSync(path(name), { recursive: true });
    for (const name of ['tmp/x', 'b/x~', 'b/x', 'b/tmp/x']) writeFileSync(path(name), '');
    expect(await next()).toEqual(['created b/', 'created b/d/', 'created b/x']);
    writeFileSync(path('tmp/x'), 'more');
    rmSync(path('b'), { recursive: true });
    expect(await next()).toEqual(['deleted b/x', 'deleted b/d/', 'deleted b/']);
  });

  it('rejects with what `ignore` throws, and has lost nothing', async () => {
    let cause: Error | undefined = new Error('not now');
    const ignore = (): boolean => {
      if (cause) throw cause;
      return false;
    };
    const { path, poller, next } = await polled({ ignore });
    writeFileSync(path('a'), '');
    expect(await rejectionOf(poller.getNewEvents())).toMatchObject({ code: 'POLL_FAILED', cause });
    cause = undefined;
    expect(await next()).toEqual(['created a']);
  });

  it('P4: resumes from a checkpoint, with what has happened meanwhile', async () => {
    const { root, path, poller, next } = await polled({ recurse: true }, (at) => {
      for (const name of ['same', 'changed', 'gone']) writeFileSync(at(name), '');
    });
    mkdirSync(path('new'));
    expect(await next()).toEqual(['created new/']);
    const since = poller.checkpoint();
    await poller.close();
    writeFileSync(path('changed'), 'x');
    rmSync(path('gone'));
    writeFileSync(path('new/file'), '');
    await using resumed = await makePoller(root, { recurse: true, since });
    writeFileSync(path('new/other'), '');
    expect(eventLines(root, await resumed.getNewEvents())).toEqual([
      'deleted gone',
      'modified changed',
      'created new/file',
      'created new/other',
    ]);
    expect(await resumed.getNewEvents()).toEqual([]);
  });

  it('P5: notices a kept or older mtime, a rename over, and a hard link', async () => {
    const { path, next } = await polled({ recurse: true }, (at) => {
      for (const name of ['kept', 'older', 'over', 'linked']) writeFileSync(at(name), 'four');
    });
    const { atime, mtime } = statSync(path('kept'));
    writeFileSync(path('kept'), 'FOUR');
    utimesSync(path('kept'), atime, mtime);
    utimesSync(path('older'), 1, 1);
    writeFileSync(path('.new'), 'four');
    utimesSync(path('.new'), atime, statSync(path('over')).mtime);
    renameSync(path('.new'), path('over'));
    mkdirSync(path('a'));
    linkSync(path('linked'), path('a/link'));
    expect(await next()).toEqual([
      'created a/',
      'created a/link',
      'modified kept',
      'modified linked',
      'modified older',
      'modified over recreated',
    ]);
    writeFileSync(path('a/link'), 'other');
    expect(await next()).toEqual(['modified a/link', 'modified linked']);
  });

  it('P6: notices a tree that is made at once, moved within, out and in, and a directory that is made again', async () => {
    const { root, path, next } = await polled();
    const outside = temporaryDirectory(folder);
    mkdirSync(path('a/b/c'), { recursive: true });
    writeFileSync(path('a/b/c/file'), '');
    expect(await next()).toEqual(['created a/', 'created a/b/', 'created a/b/c/', 'created a/b/c/file']);
    renameSync(path('a/b'), path('moved'));
    expect(await next()).toHaveLength(6);
    writeFileSync(path('moved/c/file'), 'x');
    expect(await next()).toEqual(['modified moved/c/file']);
    renameSync(path('moved'), join(outside, 'x'));
    expect(await next()).toEqual(['deleted moved/c/file', 'deleted moved/c/', 'deleted moved/']);
    writeFileSync(join(outside, 'x/c/file'), 'y');
    renameSync(join(outside, 'x'), path('a/in'));
    expect(await next()).toEqual(['created a/in/', 'created a/in/c/', 'created a/in/c/file']);
    for (const content of ['one', 'two']) {
      rmSync(path('a/in/c'), { recursive: true });
      mkdirSync(path('a/in/c'));
      writeFileSync(path('a/in/c/file'), content);
      expect(await next()).toEqual(['modified a/in/c/ recreated', 'modified a/in/c/file recreated']);
      writeFileSync(path('a/in/c/file'), `${content} more`);
      expect(await next()).toEqual(['modified a/in/c/file']);
    }
    expect(root).toContain(folder);
  });

  it('P7: reports symbolic links, and does not follow them', async () => {
    const { root, path, next } = await polled();
    const outside = temporaryDirectory(folder);
    writeFileSync(join(outside, 'file'), '');
    symlinkSync(outside, path('to-directory'));
    symlinkSync('nowhere', path('to-nothing'));
    symlinkSync(root, path('to-itself'));
    expect(await next()).toEqual(['created to-directory', 'created to-itself', 'created to-nothing']);
    writeFileSync(join(outside, 'file'), 'x');
    rmSync(path('to-nothing'));
    symlinkSync('elsewhere', path('to-nothing'));
    expect(await next()).toEqual(['modified to-nothing recreated']);
  });

  it('P8: reports all as deleted when the root vanishes, and waits for it', async () => {
    const { root, path, poller, next } = await polled({ recurse: true }, (at) => {
      mkdirSync(at('a'));
      writeFileSync(at('a/file'), '');
    });
    rmSync(root, { recursive: true });
    expect(await next()).toEqual(['deleted a/file', 'deleted a/']);
    expect(await next()).toEqual([]);
    writeFileSync(root, 'a file in its place');
    expect(await next()).toEqual([]);
    rmSync(root);
    mkdirSync(root);
    writeFileSync(path('new'), '');
    expect(await next()).toEqual(['created new']);
    writeFileSync(path('new'), 'x');
    expect(await next()).toEqual(['modified new']);
    rmSync(root, { recursive: true });
    mkdirSync(root);
    expect(await next()).toEqual(['deleted new']);
    const loop = poller.events({ interval: 10 });
    const list = loop.next();
    rmSync(root, { recursive: true });
    mkdirSync(root);
    writeFileSync(path('later'), '');
    expect(eventLines(root, (await list).value)).toEqual(['created later']);
  });

  it('P8: rejects when the root is missing, or no directory, at the start, unless `create`', async () => {
    const root = temporaryDirectory(folder);
    const url = join(root, 'a', 'b');
    expect(await rejectionOf(makePoller(url))).toBeInstanceOf(PollerError);
    writeFileSync(join(root, 'file'), '');
    const error = await rejectionOf(makePoller(join(root, 'file')));
    expect(error).toMatchObject({ code: 'POLL_FAILED', message: expect.stringContaining('it is no directory') });
    await using poller = await makePoller(url, { create: true });
    writeFileSync(join(url, 'c'), '');
    expect(eventLines(url, await poller.getNewEvents())).toEqual(['created c']);
  });

  it('reports a file once it has rested for `timeBoundary`, and then once', async () => {
    const timeBoundary = 400;
    const { root, path, poller, next } = await polled({ recurse: true, timeBoundary }, (at) =>
      writeFileSync(at('old'), ''),
    );
    const loop = poller.events({ interval: 2 ** 31 - 1 });
    const lists = new Recorder<string[]>();
    const looping = (async () => {
      for await (const list of { [Symbol.asyncIterator]: () => loop }) lists.record(eventLines(root, list));
    })();
    writeFileSync(path('short'), '');
    writeFileSync(path('new'), '');
    mkdirSync(path('folder'));
    await lists.untilCount(1);
    expect(lists.items).toEqual([['created folder/']]);
    rmSync(path('short'));
    appendFileSync(path('new'), 'more');
    await lists.untilCount(2);
    // By the clock of the file system, which lags behind by up to a tick of the kernel; both have whole milliseconds.
    expect(Date.now() - statSync(path('new')).ctimeMs).toBeGreaterThanOrEqual(timeBoundary - 2);
    rmSync(path('old'));
    await lists.untilCount(3);
    expect(lists.items.slice(1)).toEqual([['created new'], ['deleted old']]);
    await loop.return?.();
    await looping;
    expect(await next()).toEqual([]);
  });

  it('wakes its loop as soon as something changes, and lets go of everything', async () => {
    const { root, path, poller } = await polled();
    const loop = poller.events({ interval: 2 ** 31 - 1 });
    for (const name of ['a', 'b']) {
      const list = loop.next();
      writeFileSync(path(name), '');
      expect(eventLines(root, (await list).value)).toEqual([`created ${name}`]);
    }
    const last = loop.next();
    await poller.close();
    expect(await last).toEqual({ done: true, value: undefined });
  });
});
