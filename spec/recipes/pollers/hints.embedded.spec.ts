import fs, {
  type BigIntStats,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FILES } from '../../../recipes/pollers/files/limits.js';
import { makePoller, type Poller } from '../../../recipes/pollers/index.js';
import { eventLines, polled, temporaryDirectory } from '../../support/file-trees.js';
import { rejectionOf } from '../../support/rejection.js';

type Callback = (error: Error) => void;

const TICK = 16_000_000n;
const TEN_MINUTES = 600_000;
const broken = Object.assign(new Error('broken disk'), { code: 'EIO' });

afterEach(() => {
  vi.restoreAllMocks();
});

/** `fs.watch` fails for paths. */
function refuse(code: string, isRefused: (path: string) => boolean) {
  const { watch } = fs;
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  vi.spyOn(fs, 'watch').mockImplementation(((path: Buffer, options: object) => {
    if (isRefused(String(path))) throw Object.assign(new Error(`no watch left: ${code}`), { code });
    return watch(path, options as never);
  }) as never);
  return warn;
}

/** A call of `fs` fails for paths, on a thread and on the main one. */
function failFor(method: 'lstat' | 'readdir', error: Error, isFailing: (path: string) => boolean) {
  const original = fs[method] as (...args: unknown[]) => void;
  const originalNow = fs[`${method}Sync`] as (...args: unknown[]) => unknown;
  const spies = [
    vi.spyOn(fs, method).mockImplementation(((path: Buffer | string, options: object, callback: Callback) => {
      if (isFailing(String(path))) setImmediate(() => callback(error));
      else original(path, options, callback);
    }) as never),
    vi.spyOn(fs, `${method}Sync`).mockImplementation(((path: Buffer | string, options: object) => {
      if (isFailing(String(path))) throw error;
      return originalNow(path, options);
    }) as never),
  ];
  return {
    mockRestore: () => {
      for (const spy of spies) spy.mockRestore();
    },
  };
}

/** Files have the times of a coarse clock, as with kernels before 6.13. */
function coarsen(): void {
  const coarse = (stat: BigIntStats | undefined): BigIntStats | undefined => {
    if (!stat) return stat;
    for (const key of ['mtimeNs', 'ctimeNs'] as const) stat[key] = (stat[key] / TICK) * TICK + 1n;
    return stat;
  };
  const { lstatSync } = fs;
  vi.spyOn(fs, 'lstatSync').mockImplementation(((path: Buffer, options: { bigint: true }) =>
    coarse(lstatSync(path, options))) as never);
}

/** The watches that this process has, as the system counts them. */
function watches(): number {
  const infos = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')];
    } catch {
      return [];
    }
  });
  return infos.join('').match(/^inotify wd:/gm)?.length ?? 0;
}

async function linesUntil(root: string, poller: Poller, count: number): Promise<Set<string>> {
  const lines = new Set<string>();
  for await (const list of poller.events()) {
    for (const line of eventLines(root, list)) lines.add(line);
    if (lines.size >= count) break;
  }
  return lines;
}

describe('the notifications of directories', () => {
  it('are not trusted after a flood: of 20,000 files made while the loop is blocked none is lost', async () => {
    const { root, path, poller, next } = await polled({ recurse: true }, () => {}, '/dev/shm');
    for (const name of ['a', 'b']) mkdirSync(path(name));
    expect(await next()).toEqual(['created a/', 'created b/']);
    writeFileSync(path('b/old'), '');
    expect(await next()).toEqual(['created b/old']);
    for (let index = 0; index < 20_000; index += 1) writeFileSync(path(`a/${index}`), '');
    // The system has dropped the notification of this one.
    writeFileSync(path('b/old'), 'new');
    const events = eventLines(root, await poller.getNewEvents());
    expect(new Set(events).size).toBe(20_001);
    expect(events).toHaveLength(20_001);
    expect(events.at(-1)).toBe('modified b/old');
    expect(await next()).toEqual([]);
    for (let index = 0; index < 500; index += 1) rmSync(path(`a/${index}`));
    writeFileSync(path('a/last'), '');
    expect((await linesUntil(root, poller, 501)).size).toBe(501);
  });

  it('say where to look: the rest is compared every 10 minutes', async () => {
    const { root, path, next } = await polled({ recurse: true }, (at) => writeFileSync(at('file'), 'four'));
    const outside = join(temporaryDirectory(), 'link');
    // The system reports a change by a name outside of the directory to nobody.
    linkSync(path('file'), outside);
    expect(await next()).toEqual([]);
    const { now } = performance;
    let offset = TEN_MINUTES - 1_000;
    vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + offset);
    expect(await next()).toEqual([]);
    offset = TEN_MINUTES;
    expect(await next()).toEqual(['modified file']);
    // From now on it is known to have two names.
    writeFileSync(outside, 'other');
    expect(await next()).toEqual(['modified file']);
    expect(root).not.toBe('');
  });

  it('are not asked for where the system does not give them', async () => {
    const poller = await makePoller('/proc/sys/fs/inotify');
    expect(poller.kind).toBe('stat');
    expect(await poller.getNewEvents()).toEqual([]);
    await poller.close();
  });

  for (const code of ['ENOSPC', 'EMFILE']) {
    it(`P9: are replaced by comparing where the system has none left (${code}), with one warning`, async () => {
      const warn = refuse(code, (path) => /\/few\//.test(path));
      const { path, poller, next } = await polled({ recurse: true }, (at) =>
        mkdirSync(at('few/a'), { recursive: true }),
      );
      mkdirSync(path('few/b'));
      writeFileSync(path('few/a/x'), '');
      writeFileSync(path('few/b/y'), '');
      writeFileSync(path('z'), '');
      expect(await next()).toEqual(['created few/a/x', 'created few/b/', 'created few/b/y', 'created z']);
      writeFileSync(path('few/a/x'), 'more');
      rmSync(path('few/b'), { recursive: true });
      expect(await next()).toEqual(['deleted few/b/y', 'deleted few/b/', 'modified few/a/x']);
      expect(poller.kind).toBe('inotify');
      expect(warn).toHaveBeenCalledTimes(1);
      expect(String(warn.mock.calls[0]?.[0])).toMatch(/no watch left for .*few\/a.*max_user_watches/);
    });

    it(`P9: are replaced for all directories when there is none for the first (${code})`, async () => {
      const warn = refuse(code, () => true);
      const { path, poller, next } = await polled();
      expect(poller.kind).toBe('stat');
      mkdirSync(path('a'));
      writeFileSync(path('a/x'), '');
      expect(await next()).toEqual(['created a/', 'created a/x']);
      expect(warn).toHaveBeenCalledTimes(1);
    });
  }

  it('show a change that leaves size and times as they are, within a tick of the clock', async () => {
    coarsen();
    const { path, next } = await polled({ recurse: true }, (at) => writeFileSync(at('file'), 'old!'));
    for (let count = 0; count < 50; count += 1) {
      writeFileSync(path('file'), count % 2 === 0 ? 'one!' : 'two!');
      expect(await next()).toEqual(['modified file']);
    }
    expect(await next()).toEqual([]);
  });

  it('show such a change of a file that was there at the start', async () => {
    const { lstatSync } = fs;
    let time: bigint | undefined;
    vi.spyOn(fs, 'lstatSync').mockImplementation(((path: Buffer, options: { bigint: true }) => {
      const stat = lstatSync(path, options);
      if (!String(path).endsWith('/file')) return stat;
      // As a clock has it that is a little ahead, and stands still.
      time ??= BigInt(Date.now() + FILES.tick / 2) * 1_000_000n + 1n;
      return Object.assign(stat, { mtimeNs: time, ctimeNs: time });
    }) as never);
    const { path, next } = await polled({ recurse: true }, (at) => writeFileSync(at('file'), 'old!'));
    writeFileSync(path('file'), 'one!');
    expect(await next()).toEqual(['modified file']);
  });

  it('are not needed for that: a file is compared when the clock has gone on', async () => {
    const warn = refuse('ENOSPC', () => true);
    const { path, next } = await polled({ recurse: true }, (at) => writeFileSync(at('file'), 'old!'));
    writeFileSync(path('file'), 'one!');
    expect(await next()).toEqual(['modified file']);
    // By the clock of the file system, which may be behind by one of its ticks.
    expect(Date.now()).toBeGreaterThanOrEqual(Math.floor(statSync(path('file')).ctimeMs + FILES.tick));
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('are let go of when the poller is closed, and when it cannot be made', async () => {
    const before = watches();
    const { root, poller } = await polled({ recurse: true }, (at) => mkdirSync(at('a/b/c'), { recursive: true }));
    expect(watches()).toBe(before + 4);
    await poller.close();
    expect(watches()).toBe(before);
    failFor('readdir', broken, () => true);
    expect(await rejectionOf(makePoller(root))).toMatchObject({ code: 'POLL_FAILED' });
    expect(watches()).toBe(before);
  });
});

describe('a look at a directory', () => {
  it('that fails has moved nothing: the next one finds it, and what was deleted', async () => {
    const { path, poller, next } = await polled({ recurse: true }, (at) => {
      for (const name of ['a', 'b', 'c']) mkdirSync(at(name));
      writeFileSync(at('a/gone'), '');
    });
    for (const failing of ['/a', '/b', '/c']) {
      rmSync(path('a/gone'), { force: true });
      for (const name of ['a', 'b', 'c']) writeFileSync(path(`${name}/x${failing.slice(1)}`), '');
      const spy = failFor('readdir', broken, (at) => at.endsWith(failing));
      for (const _ of [1, 2]) {
        expect(await rejectionOf(poller.getNewEvents())).toMatchObject({
          message: expect.stringContaining('broken disk'),
        });
      }
      spy.mockRestore();
      const gone = failing === '/a' ? ['deleted a/gone'] : [];
      expect(await next()).toEqual([...gone, ...['a', 'b', 'c'].map((name) => `created ${name}/x${failing.slice(1)}`)]);
    }
  });

  it('that cannot look at a new directory once it is watched fails, and the next one finds what is in it', async () => {
    const { path, poller, next } = await polled({ recurse: true });
    mkdirSync(path('new'));
    writeFileSync(path('new/file'), '');
    let looks = 0;
    failFor('lstat', broken, (at) => {
      if (at.endsWith('/new')) looks += 1;
      return at.endsWith('/new') && looks > 1;
    });
    expect(await rejectionOf(poller.getNewEvents())).toMatchObject({ message: expect.stringContaining('broken disk') });
    vi.restoreAllMocks();
    expect(await next()).toEqual(['created new/', 'created new/file']);
  });

  it('that is aborted rejects at once, also when a disk hangs', async () => {
    const { path, poller, next } = await polled();
    const { readdir } = fs;
    const aborting = new AbortController();
    const spy = vi.spyOn(fs, 'readdir').mockImplementation((() => aborting.abort('enough')) as never);
    writeFileSync(path('a'), '');
    expect(await rejectionOf(poller.getNewEvents({ signal: aborting.signal }))).toBe('enough');
    spy.mockImplementation(readdir as never);
    expect(await next()).toEqual(['created a']);
  });

  it('keeps what may not be read as it is known, with one warning for each directory', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const { path, next } = await polled({ recurse: true }, (at) => {
      mkdirSync(at('locked/in'), { recursive: true });
      writeFileSync(at('locked/in/file'), '');
    });
    const refused = Object.assign(new Error('no'), { code: 'EACCES' });
    const spy = failFor('readdir', refused, (at) => at.includes('locked'));
    writeFileSync(path('locked/new'), '');
    writeFileSync(path('free'), '');
    expect(await next()).toEqual(['created free']);
    writeFileSync(path('locked/newer'), '');
    expect(await next()).toEqual([]);
    utimesSync(path('locked/in/file'), 1, 1);
    expect(await next()).toEqual([]);
    spy.mockRestore();
    writeFileSync(path('locked/newest'), '');
    const lines = ['modified locked/in/file', 'created locked/new', 'created locked/newer', 'created locked/newest'];
    expect((await next()).sort()).toEqual(lines.sort());
    expect(warn).toHaveBeenCalledTimes(2);
  });
});
