import { readFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { Command } from '../../../testing/command.js';
import { scaled } from '../../../testing/time-factor.js';
import { CliProcess } from './cli-process.js';
import { runHere } from './run-here.js';

const USAGE = 'Usage: zk-recipes <command>';
const READING = ['watch', 'subscribe', 'get', 'stat', 'ls', 'dump', 'whoami', 'sync'];
const COMMANDS = [
  ...READING,
  'set',
  'create',
  'delete',
  'multi',
  'acl',
  'load',
  'blob',
  'gateway',
  'serve',
  'completion',
];
const CONNECTS = { env: { ZK_RECIPES_CONNECT: '127.0.0.1:1' } };

describe('zk-recipes', () => {
  it.each([['--help'], ['-h'], ['help']])('lists its commands on %s', async (flag) => {
    await using cli = await CliProcess.run([flag]);
    expect(await cli.ended).toEqual({ code: 0, signal: null });
    expect(cli.errors.items).toEqual([]);
    expect(cli.lines.items[0]).toBe(USAGE);
    for (const name of COMMANDS) expect(cli.lines.items).toContainEqual(expect.stringMatching(`^ {2}${name} `));
    for (const part of ['--connect', 'ZK_RECIPES_CONNECT', 'Exit codes', '--version'])
      expect(cli.output.toString()).toContain(part);
  });

  it.each([
    [
      ['watch', '--help'],
      [
        '--connect',
        '--json',
        '--once',
        '--count',
        '--timeout',
        '--boundary',
        'settled',
        'tree',
        '--depth',
        '--no-data',
        '--since',
        '--idle',
        '-- <program>',
      ],
    ],
    [['watch', 'data', '/a', '--conect', '-h'], ['--connect']],
    [
      ['subscribe', '--help'],
      ['--connect', '--json', '--timeout', '--path', '--type', '--ephemeral', '--persistent', '--sequential'].concat([
        '--checkpoint',
        '--since',
        '--no-data',
        '--once',
        '--count',
        '--idle',
      ]),
    ],
    [
      ['get', '-h'],
      ['--connect', '--json', '--timeout'],
    ],
    [
      ['ls', '--help'],
      ['--connect', '--json', '--timeout', '-R, --recursive'],
    ],
    [
      ['set', '--help'],
      ['--connect', '--json', '--timeout', '--version', 'stdin'],
    ],
    [
      ['create', '--help'],
      ['--connect', '--json', '--timeout', '--mode', '--parents', 'container'],
    ],
    [
      ['delete', '--help'],
      ['--connect', '--timeout', '--version', '--recursive'],
    ],
    [
      ['serve', '--port', '0', '-h'],
      ['--port', '--host', '--data', '--tick-time'],
    ],
  ])('prints the help of only that command on %j', async (args, parts) => {
    await using cli = await CliProcess.run(args);
    expect(await cli.ended).toEqual({ code: 0, signal: null });
    expect(cli.errors.items).toEqual([]);
    expect(cli.lines.items[0]).toMatch(`Usage: zk-recipes ${args[0]} `);
    for (const part of parts) expect(cli.output.toString()).toContain(part);
    expect(cli.output.toString()).not.toContain(USAGE);
  });

  it.each(['--version', '-v'])('prints its version on %s', async (flag) => {
    await using command = Command.runInPlace(flag);
    expect(await command.ended).toEqual({ code: 0, signal: null });
    const { version } = JSON.parse(await readFile('package.json', 'utf8'));
    expect(command.lines.items).toEqual([version]);
  });

  it.each<[string[], string]>([
    [[], 'which command?'],
    [['sevre'], 'no such command: "sevre"'],
    [['--frobnicate'], 'there is no such option'],
    [['serve', 'now'], 'unexpected argument 1'],
    [['serve', '--prot', '1'], 'unknown option --prot, did you mean --port?'],
    [['serve', '--port'], '--port needs a value'],
    [['serve', '--port', '65536'], '--port must be a whole number from 0 to 65535, but is 65536'],
    [['serve', '--port', '0x10'], '--port must be a whole number'],
    [['serve', '--port='], '--port must be a whole number'],
    [['serve', '--port', '-1'], '--port needs a value'],
    [['serve', '--tick-time', '0'], '--tick-time must be a whole number from 1'],
    [['serve', '--data', ''], '--data must not be empty'],
    [['serve', '--host='], '--host must not be empty'],
    [['watch'], 'which of data, children, settled or tree?'],
    [['watch', 'dta', '/a'], 'data, children, settled or tree, not "dta"'],
    [['watch', 'data'], 'which path?'],
    [['subscribe', '/a', '/b'], 'unexpected argument 2'],
    [['watch', 'data', '/a', '--onse'], 'unknown option --onse, did you mean --once?'],
    [['watch', 'data', '/a', '--'], 'which program after --?'],
    [['watch', 'data', '--', '/a'], 'which path?'],
    [['watch', 'data', '/a', '--onse', '--', 'cat'], 'unknown option --onse'],
    [['watch', 'data', '/a', '--count', '0'], '--count must be a whole number from 1'],
    [['watch', 'data', '/a', '--once', '--count', '2'], '--once is --count 1'],
    [['watch', 'data', '/a', '--timeout', '1s'], '--timeout must be a whole number from 1'],
    [['watch', 'data', '/a', '--boundary', '1'], '--boundary is for settled'],
    [['watch', 'tree', '/a', '--boundary', '1'], '--boundary is for settled'],
    [['watch', 'data', '/a', '--no-data'], '--no-data is for tree'],
    [['watch', 'children', '/a', '--since', '1'], '--since is for tree'],
    [['watch', 'tree', '/a', '--depth', '-1'], '--depth needs a value'],
    [['watch', 'tree', '/a', '--idle', '0'], '--idle must be a whole number from 1'],
    [['watch', 'tree', '/a', '--since', 'yesterday'], '--since must be a zxid, decimal or as 0x and hexadecimal, but'],
    [['watch', 'tree', '/a', '--since', '9223372036854775808'], '--since must be a zxid'],
    [['watch', 'settled', '/a', '--boundary', 'x'], '--boundary must be a whole number from 0'],
    [['subscribe'], 'which path?'],
    [['subscribe', '/a', '--path', 'b/*'], '"b/*" is not a pattern of paths: it must start with "/"'],
    [['subscribe', '/a', '--type', 'created', '--type', 'changed'], '--type must be one of created, modified, deleted'],
    [['subscribe', '/a', '--ephemeral', '--persistent'], '--ephemeral and --persistent exclude each other'],
    [['subscribe', '/a', '--sequential', 'b/c'], '--sequential must be the prefix of a name'],
    [['subscribe', '/a', '--checkpoint='], '--checkpoint must not be empty'],
    [['subscribe', '/a', '--since', '-1'], '--since needs a value'],
    [['get'], 'which path?'],
    [['get', '/a', '--connect='], '--connect must not be empty'],
    [['get', '/a', '--timeout', '0'], '--timeout must be a whole number from 1'],
    [['ls', '/a', '--long'], 'there is no such option. Put data that begins with a dash last, after --'],
    [['set', '/a'], 'which data?'],
    [['set', '/a', 'x', '--version', 'one'], '--version must be a whole number from -2147483648'],
    [['create', '/a', 'x', 'y'], 'unexpected argument 3 (an argument with spaces needs quotes)'],
    [['create', '/a', '--mode', 'permanent'], '--mode must be one of persistent, ephemeral'],
    [['delete', '/a', '--recursive', '--version', '1'], '--recursive cannot be combined with --version'],
    [['get', 'config'], '"config" is not a znode path: it must start with "/"'],
    [['create', '/a/'], 'must not end with "/"'],
    [['create', '/a//', '--mode', 'ephemeral-sequential'], 'has an empty name in it'],
    [['get', '/a', '--connect', 'zk:port'], 'connectString is malformed: the port of server 1 of 1'],
  ])('rejects %j with the reason, in one line', async (args, reason) => {
    vi.stubEnv('ZK_RECIPES_CONNECT', CONNECTS.env.ZK_RECIPES_CONNECT);
    const { code, output, errors } = await runHere(args);
    vi.unstubAllEnvs();
    expect({ code, output, lines: errors.length }).toEqual({ code: 2, output: '', lines: 1 });
    expect(errors[0]).toMatch(/^zk-recipes: /);
    expect(errors[0]).toContain(reason);
  });

  it('ends its process with the exit code of a mistake', async () => {
    await using cli = await CliProcess.run(['get', '/a', '--onse'], CONNECTS);
    expect(await cli.ended).toEqual({ code: 2, signal: null });
    expect(cli.lines.items).toEqual([]);
    expect(cli.errors.items).toEqual([expect.stringMatching(/^zk-recipes: .* \(zk-recipes get --help explains it\)$/)]);
  });

  it('prefers the servers of --connect, with their chroot, to those of the environment', async () => {
    const port = 1;
    // Long enough for one attempt on a busy machine.
    const args = ['get', '/a', '--timeout', String(scaled(1_000)), '--connect', `localhost:${port}/app`];
    await using cli = await CliProcess.run(args, {
      env: { ZK_RECIPES_CONNECT: 'localhost:2' },
    });
    expect(await cli.ended).toEqual({ code: 4, signal: null });
    expect(cli.errors.items).toEqual([
      expect.stringMatching(/last attempt: localhost:1 \([\d.:]+\): connect ECONNREFUSED/),
    ]);
  });
});
