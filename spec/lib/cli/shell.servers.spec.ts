import { describe, expect } from 'vitest';
import { splitWords } from '../../../lib/cli/shell/split-words.js';
import { it } from './server-command.js';

describe('the shell', () => {
  it('runs the lines of stdin in one session, and ends with the exit code of the last', async ({ client, run }) => {
    const lines = ['create -e /mine "two words"', '', 'get /mine', 'ls /none', 'ls /', 'exit', 'delete /mine'];
    const { code, output, errors } = await run(['shell'], lines.join('\n'));
    expect({ code, output }).toEqual({ code: 0, output: '/mine\ntwo wordsmine\n' });
    expect(errors).toEqual([expect.stringContaining('NO_NODE')]);
    expect(await client.exists('/mine')).toBe(null);
    expect(await run(['shell'], 'ls /\nls /none')).toMatchObject({ code: 3 });
  });

  it('goes on after a mistake', async ({ run }) => {
    const { code, errors } = await run(['shell'], 'gat /\nget "/a\nset / -\nmulti\nshell\nsync /');
    expect(code).toBe(0);
    expect(errors).toEqual([
      expect.stringContaining('did you mean get?'),
      'zk-recipes: a quote or a backslash has no end',
      expect.stringContaining('in the shell, nothing can be read from stdin'),
      expect.stringContaining('in the shell, nothing can be read from stdin'),
      expect.stringContaining('this is the shell already'),
    ]);
  });

  it('ends all that a command leaves in its session', async ({ run, client }) => {
    await client.create('/a');
    const { code, output } = await run(['shell'], 'watch data /a -1\n-T 50 watch children -q /a\nget /a');
    expect({ code, output }).toEqual({ code: 0, output: '\n\n' });
  });

  it('ends all watches of a command of which one has failed', async ({ run, client }) => {
    await client.create('/a', 'old');
    await client.create('/closed', '', { acl: [{ perms: 0, scheme: 'world', id: 'anyone' }] });
    const lines = ['watch data -q /a /closed', 'set /a new', 'sync /', 'sync /', 'sync /'];
    const { code, output } = await run(['shell'], lines.join('\n'));
    expect({ code, output: output.replace('==> /a <==\nold\n', '') }).toEqual({ code: 0, output: '' });
  });

  it('connects to other servers with a session of its own', async ({ run, port, chroot }) => {
    const name = chroot.slice(1);
    const { output } = await run(['shell'], `ls /\nls -z 127.0.0.1:${port} /\nls /`);
    expect(output.split('\n')).toContain(name);
  });
});

describe('a line of the shell', () => {
  it.for<[string, string[]]>([
    ['  get   /a ', ['get', '/a']],
    [`set /a 'it is "on"' "and 'so'"`, ['set', '/a', 'it is "on"', "and 'so'"]],
    [String.raw`set /a a\ b"c\"d"''`, ['set', '/a', 'a bc"d']],
    [`set /a ''`, ['set', '/a', '']],
    ['', []],
  ])('is split into words as by a shell: %j', ([line, words]) => {
    expect(splitWords(line)).toEqual(words);
  });

  it.for(['"a', "'a", 'a\\'])('has an end to each quote: %j', (line) => {
    expect(() => splitWords(line)).toThrow('has no end');
  });
});
