import { describe, expect, it, vi } from 'vitest';
import { SERVER_OPTIONS, toServerArguments } from '../../../lib/cli/arguments.js';
import { parse } from '../../../lib/cli/parse.js';
import { COMMANDS } from '../../../lib/cli/run-command.js';
import { runHere } from './run-here.js';

describe('a mistake on the command line', () => {
  it.each<[string[], string]>([
    [[], 'which command?'],
    [['wacth', 'data', '/a'], 'no such command: "wacth", did you mean watch?'],
    [['--conect', 'zk', 'get', '/a'], 'unknown option --conect, did you mean --connect?'],
    [['-h:1', 'get', '/a'], 'there is no such option'],
    [['get', '/a', '--jsno'], 'unknown option --jsno, did you mean --json?'],
    [['get', '/a', '-json'], 'unknown option -json, did you mean --json?'],
    [['get', '/a', '-x'], 'there is no such option. Put data that begins with a dash last, after --'],
    [['get', '/a', '--json=yes'], '--json takes no value'],
    [['get', '/a', '--timeout'], '--timeout needs a value'],
    [['get', '/a', '--timeout', '-1'], '--timeout needs a value; one that begins with a dash is given as --timeout=-1'],
    [['get'], 'which path? Usage: zk-recipes get <path>... [options]'],
    [['set', '/a', 'b', 'c'], '(an argument with spaces needs quotes) Usage: zk-recipes set <path> <data>|- [options]'],
    [['watch', '/config'], 'which kind of watch, data, children, settled or tree? As in zk-recipes watch data /config'],
    [['watch'], 'which of data, children, settled or tree? As in zk-recipes watch data /config'],
    [['watch', '/config', 'data'], 'As in zk-recipes watch data /config'],
    [['watch', 'data', '/a', '--states'], '--states needs --json'],
    [['watch', 'tree', '/a', '--prev'], '--prev needs --json for tree'],
    [['watch', 'data', '/a', '--prev', '--', 'cat'], '--prev needs --json for tree, and with a program'],
    [['subscribe', '/a', '--prev'], '--prev needs --json here'],
    [['subscribe', '--url', 'http://h/', '--states', '-j'], '--states and --url exclude each other'],
    [['blob', 'watch', '--url', 'http://h/', '--states', '-j'], '--states and --url exclude each other'],
    [['ls', '/a', '--total'], '--ephemeral and --total are for --recursive (-R)'],
    [['ls', '-R', '/a', '--stat'], '--stat is not for --recursive'],
    [['delete', '/a', '--json'], '--json needs --prev'],
    [['delete', '-R', '/a', '--prev'], '--recursive cannot be combined with --prev'],
    [['create', '/a', '-em', 'persistent'], '--mode cannot be combined with --ephemeral'],
    [['create', '/a', '-ec'], '--container cannot be combined with --ephemeral'],
    [['create', '/a', '-et', '5'], '--ttl is for persistent znodes, not for ephemeral'],
    [['create', '/a', '--ttl', '0'], '--ttl must be a whole number from 1'],
    [['acl'], 'which of get and set? Usage: zk-recipes acl get <path>... | acl set <path> <acl>... [options]'],
    [['acl', 'gat', '/a'], 'the word after acl must be one of get, set, but is "gat"'],
    [['acl', 'set', '/a'], 'which acl?'],
    [['acl', 'set', '/a', 'anyone'], 'an acl must be scheme:id:permissions, such as world:anyone:r or auth::cdrwa'],
    [['acl', 'set', '/a', 'world:anyone:rx'], 'an acl must be scheme:id:permissions'],
    [['acl', 'set', '/a', 'world:bob:r'], 'the id of the scheme world is anyone'],
    [['acl', 'set', '/a', 'digest:bob:pass:r'], 'give auth::permissions with --auth digest'],
    [['acl', 'set', '-R', '/a', 'world:anyone:r', '-v', '1'], '--recursive cannot be combined with --version'],
    [['load', '--overwrite', '--skip-existing'], '--overwrite and --skip-existing exclude each other'],
    [['get', '/a', '--auth-file', 'x'], '--auth-file needs --auth'],
    [['get', '/a', '--auth', 'digest', '--auth', 'digest'], 'each --auth but the last needs an --auth-file'],
    [['get', '/a', '--session-timeout', '10s'], '--session-timeout must be a whole number from 1'],
    [['completion'], 'which shell, bash, zsh, fish?'],
    [['completion', 'fsh'], 'the shell must be one of bash, zsh, fish, but is "fsh"'],
  ])('is answered in one line, with exit code 2: %j', async (args, said) => {
    const { code, output, errors } = await runHere(args);
    expect({ code, output, lines: errors.length }).toEqual({ code: 2, output: '', lines: 1 });
    expect(errors[0]).toContain(said);
    expect(errors[0]).toMatch(/^zk-recipes: .* \(zk-recipes (\w+ )?--help explains it\)$/);
  });

  it.each<[string[], string]>([
    [['deleteall', '/a'], 'deleteall of another tool is here: zk-recipes delete --recursive <path>'],
    [['getAcl', '/a'], 'zk-recipes acl get <path>'],
    [['addauth', 'digest', 'me:secret'], '--auth digest --auth-file <file>, with any command'],
    [['put', 'a', 'b'], 'zk-recipes set <path> <data>, or create'],
    [['txn'], 'zk-recipes multi'],
    [['setquota'], 'quotas and reconfiguration are not in it; use zkCli.sh'],
    [['get', '-server', 'h:1', '/a'], '-server of another tool is here: --connect'],
    [['-server', 'h:1', 'get', '/a'], '-server of another tool is here: --connect'],
    [['get', '--endpoints=h:1', '/a'], '--endpoints of another tool is here: --connect'],
    [['watch', 'data', '/a', '--prev-kv'], '--prev-kv of another tool is here: --prev'],
  ])('that is right in another tool is answered with the counterpart: %j', async (args, said) => {
    const { code, errors } = await runHere(args);
    expect({ code, lines: errors.length }).toEqual({ code: 2, lines: 1 });
    expect(errors[0]).toContain(said);
    expect(errors[0]).not.toContain('secret');
  });
});

describe('help', () => {
  it.each([[['help', 'get']], [['--json', 'get', '--help']], [['-h', 'get']]])(
    'is that of the command: %j',
    async (args) => {
      const output = expect.stringMatching(/^Usage: zk-recipes get /);
      expect(await runHere(args)).toMatchObject({ code: 0, output, errors: [] });
    },
  );

  it.each([...COMMANDS.keys()])('has the short form of each option that has one: %s', async (name) => {
    const { help, options } = (await COMMANDS.get(name)?.()) ?? { help: '', options: {} };
    expect(help).toMatch(new RegExp(`^Usage: zk-recipes ${name}`));
    for (const [long, { short }] of Object.entries(options)) {
      expect(help).toMatch(short === undefined ? new RegExp(`--${long}\\b`) : new RegExp(`-${short}, --${long}\\b`));
    }
    const widest = Math.max(...help.split('\n').map((line) => line.length));
    expect(widest).toBeLessThanOrEqual(100);
  });
});

describe('the server of a command', () => {
  it('is that of --connect, of the environment, or 127.0.0.1:2181, in this order', async () => {
    const serverOf = (...args: string[]) => toServerArguments(parse(args, SERVER_OPTIONS).values);
    vi.stubEnv('ZK_RECIPES_CONNECT', 'zk2:2181/app');
    expect(await serverOf('-z', 'zk1:2181')).toMatchObject({ connect: 'zk1:2181', isDefault: false });
    expect(await serverOf()).toMatchObject({ connect: 'zk2:2181/app', isDefault: false });
    vi.stubEnv('ZK_RECIPES_CONNECT', '');
    expect(await serverOf()).toMatchObject({ connect: '127.0.0.1:2181', isDefault: true });
    vi.unstubAllEnvs();
  });

  it('has the session timeout, and serves read-only, as asked for', async () => {
    const { values } = parse(['--session-timeout', '5000', '--read-only'], SERVER_OPTIONS);
    expect((await toServerArguments(values)).options).toEqual({ sessionTimeout: 5_000, readOnly: true });
  });
});
