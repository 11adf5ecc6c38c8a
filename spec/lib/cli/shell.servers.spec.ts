import { PassThrough } from 'node:stream';
import { describe, expect, vi } from 'vitest';
import { ZooKeeperClient } from '../../../index.js';
import { splitWords } from '../../../lib/cli/shell/split-words.js';
import { eventually } from '../../../testing/eventually.js';
import { runHere } from './run-here.js';
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

  it('ends with exit code 143 by SIGTERM, also while it waits for a line', async ({ start }) => {
    const shell = await start(['shell'], { input: 'create /a\n', isInputOpen: true });
    await shell.lines.untilCount(1);
    shell.kill('SIGTERM');
    expect(await shell.ended).toMatchObject({ code: 143 });
  });

  it('completes a path on a terminal, and prints nothing about one that does not exist', async ({
    servers,
    client,
  }) => {
    await client.create('/only', 'found');
    const typed = Object.assign(new PassThrough(), { isTTY: true });
    for (const keys of ['get /none/', '\t', '\x15', 'get /on', '\t', '\r']) typed.write(keys);
    const ran = runHere(['--connect', servers, 'shell'], typed);
    const { calls } = vi.mocked(process.stdout.write).mock;
    await eventually(() => calls.some(([text]) => String(text) === 'found'));
    typed.write('exit\r');
    const { code, output } = await ran;
    expect(code).toBe(0);
    expect(output).not.toContain('NO_NODE');
  });

  it('runs each line that is pasted or typed ahead on a terminal, and keeps the begin of the last', async ({
    servers,
    client,
  }) => {
    await client.create('/slow', 'found');
    const typed = Object.assign(new PassThrough(), { isTTY: true });
    const ran = runHere(['--connect', servers, 'shell'], typed);
    typed.write('create /a\rcreate /b\rwatch data /slow -1\rcre');
    const { calls } = vi.mocked(process.stdout.write).mock;
    await eventually(() => calls.some(([text]) => String(text) === 'found\n'));
    typed.write('ate /c\rcreate /d\rexit\r');
    expect(await ran).toMatchObject({ code: 0 });
    expect((await client.getChildren('/')).children.sort()).toEqual(['a', 'b', 'c', 'd', 'slow']);
  });

  it('ends the line of data before its next prompt, which would overwrite it', async ({ servers, client }) => {
    await client.create('/a', 'found');
    const typed = Object.assign(new PassThrough(), { isTTY: true });
    typed.write('get /a\rls /\rexit\r');
    const { output } = await runHere(['--connect', servers, 'shell'], typed);
    expect(output).toContain('found\n');
    expect(output).toContain('\na\n');
    expect(output).not.toContain('a\n\n');
  });

  it('does not take the lines that follow for the content of a blob', async ({ run, client }) => {
    const { code, errors } = await run(['shell'], 'blob put motd -\ncreate /a');
    expect(code).toBe(0);
    expect(errors).toEqual([expect.stringContaining('in the shell, nothing can be read from stdin')]);
    expect((await client.getChildren('/')).children).toEqual(['a']);
  });

  it.for([
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)(
    'without a terminal ends on %s with its session, and runs no other line',
    async ([signal, code], { start, client }) => {
      for (const line of ['', 'watch children -q /mine\ncreate /other\n']) {
        const shell = await start(['shell'], { input: `create -e /mine\n${line}`, isInputOpen: true });
        await shell.lines.untilCount(line === '' ? 1 : 2);
        shell.kill(signal);
        expect(await shell.ended).toEqual({ code, signal: null });
        expect((await client.getChildren('/')).children).toEqual([]);
      }
    },
  );

  it('keeps nothing of a command that has ended in its client', async ({ run }) => {
    const on = vi.spyOn(ZooKeeperClient.prototype, 'on');
    const off = vi.spyOn(ZooKeeperClient.prototype, 'off');
    await run(['shell'], 'create /a\ncreate -e /b\nget /a');
    // One is of the shell itself.
    expect(on).toHaveBeenCalledTimes(off.mock.calls.length + 1);
  });
});

describe('a line of the shell', () => {
  it.for<[string, string[]]>([
    ['  get   /a ', ['get', '/a']],
    [`set /a 'it is "on"' "and 'so'"`, ['set', '/a', 'it is "on"', "and 'so'"]],
    [String.raw`set /a a\ b"c\"d"''`, ['set', '/a', 'a bc"d']],
    [String.raw`set /a "\d+ \$ \\ \n" \d`, ['set', '/a', String.raw`\d+ $ \ \n`, 'd']],
    [`set /a ''`, ['set', '/a', '']],
    ['', []],
  ])('is split into words as by a shell: %j', ([line, words]) => {
    expect(splitWords(line)).toEqual(words);
  });

  it.for(['"a', "'a", 'a\\'])('has an end to each quote: %j', (line) => {
    expect(() => splitWords(line)).toThrow('has no end');
  });
});
