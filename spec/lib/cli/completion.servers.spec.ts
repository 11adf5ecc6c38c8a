import { describe, expect, vi } from 'vitest';
import { runHere } from './run-here.js';
import { it as base } from './server-command.js';

/** Completes the last word, which may be empty. */
const it = base.extend<{ complete: (...words: string[]) => Promise<string[]> }>({
  complete: async ({ servers }, use) => {
    vi.stubEnv('ZK_RECIPES_CONNECT', servers);
    await use(async (...words) => {
      const { output } = await runHere(['completion', 'words', '--', ...words]);
      return output.split('\n').slice(0, -1);
    });
    vi.unstubAllEnvs();
  },
});

describe('the completion', () => {
  it.for<[string[], string[]]>([
    [['wh'], ['whoami']],
    [['help', 'wat'], ['watch']],
    [['--con'], ['--connect']],
    [
      ['watch', ''],
      ['data', 'children', 'settled', 'tree'],
    ],
    [['watch', '--json', 'se'], ['settled']],
    [
      ['blob', 'g'],
      ['get', 'gc'],
    ],
    [['watch', 'data', '--on'], ['--once']],
    [['get', '--timeout', ''], []],
    [['--connect', ''], []],
    [['blob', 'put', 'id', ''], []],
    [['watch', 'data', '/a', '--', ''], []],
    [['nonsense', ''], []],
  ])(
    'knows commands, actions and options, and leaves the rest to the shell: %j',
    async ([words, found], { complete }) => {
      expect(await complete(...words)).toEqual(found);
    },
  );

  it('finds the paths of znodes', async ({ client, complete }) => {
    for (const path of ['/app', '/apple', '/app/db', '/other']) await client.create(path);
    expect(await complete('get', '/ap')).toEqual(['/app', '/apple']);
    expect(await complete('watch', 'data', '')).toEqual(['/app', '/apple', '/other']);
    expect(await complete('-j', 'acl', 'get', '-s', '/app/')).toEqual(['/app/db']);
    expect(await complete('get', '/none/')).toEqual([]);
  });

  it('asks the servers of the command line', async ({ port, chroot, complete }) => {
    const other = ['--connect', `127.0.0.1:${port}`];
    expect(await complete(...other, 'get', chroot.slice(0, -1))).toEqual([chroot]);
    expect(await complete('get', ...other, chroot.slice(0, -1))).toEqual([chroot]);
  });
});
