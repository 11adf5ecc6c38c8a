import { describe, expect, it } from 'vitest';
import { CliFixture } from './cli-fixture.js';

const BINARY = Buffer.from([0xff, 0x00, 0x0a, 0x80]);

function line(text: unknown): Record<string, unknown> {
  return JSON.parse(String(text));
}

describe('zk-recipes get', () => {
  it.each([
    ['text', Buffer.from('on')],
    ['binary', BINARY],
    ['nothing', Buffer.alloc(0)],
    ['more than a pipe holds', Buffer.alloc(1_000_000, 'x')],
  ])('prints the bytes of the data and nothing else: %s', async (_name, data) => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', data);
    const cli = await fixture.run(['get', '/config']);
    expect(await cli.ended).toEqual({ code: 0, signal: null });
    expect(cli.output.equals(data)).toBe(true);
    expect(cli.errors.items).toEqual([]);
  });

  it('prints with --json the data and the stat, with 64-bit numbers as strings', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', 'zürich', { mode: 'ephemeral' });
    const { stat } = await fixture.client.getData('/config');
    const { output } = await fixture.result(['get', '/config', '--json']);
    const { czxid, mzxid, pzxid, ephemeralOwner } = stat;
    const longs = { czxid, mzxid, pzxid, ephemeralOwner };
    const strings = Object.fromEntries(Object.entries(longs).map(([name, value]) => [name, String(value)]));
    expect(line(output)).toEqual({
      path: '/config',
      data: 'zürich',
      encoding: 'utf8',
      stat: { ...stat, ...strings },
    });
  });

  it('prints with --json binary data in base64', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', BINARY);
    const { output } = await fixture.result(['get', '/config', '--json']);
    expect(line(output)).toMatchObject({ data: BINARY.toString('base64'), encoding: 'base64' });
  });
});

describe('zk-recipes ls', () => {
  it('prints the sorted names, one per line', async () => {
    await using fixture = await CliFixture.open();
    for (const path of ['/w', '/w/b', '/w/a b', '/w/c']) await fixture.client.create(path);
    expect(await fixture.result(['ls', '/w'])).toEqual({ code: 0, output: 'a b\nb\nc\n', errors: [] });
    expect(await fixture.result(['ls', '/w/c'])).toEqual({ code: 0, output: '', errors: [] });
    const { output } = await fixture.result(['ls', '/w', '--json']);
    expect(line(output)).toMatchObject({ path: '/w', children: ['a b', 'b', 'c'], stat: { numChildren: 3 } });
  });
});

describe('zk-recipes set', () => {
  it('sets the data, and prints nothing', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', 'old');
    expect(await fixture.result(['set', '/config', 'new'])).toEqual({ code: 0, output: '', errors: [] });
    expect(String((await fixture.client.getData('/config')).data)).toBe('new');
  });

  it('sets the data from stdin, byte for byte', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', 'old');
    expect(await fixture.result(['set', '/config', '-'], { input: BINARY })).toMatchObject({ code: 0 });
    expect((await fixture.client.getData('/config')).data).toEqual(BINARY);
  });

  it('accepts data that begins with a dash, or equals --help, after --', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', 'old');
    expect(await fixture.result(['set', '/config', '--', '--help'])).toEqual({ code: 0, output: '', errors: [] });
    expect(String((await fixture.client.getData('/config')).data)).toBe('--help');
  });

  it('requires the version of --version, and prints the new stat with --json', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', 'old');
    const { output } = await fixture.result(['set', '/config', 'new', '--version', '0', '--json']);
    expect(line(output)).toMatchObject({ path: '/config', stat: { version: 1 } });
    const { code, errors } = await fixture.result(['set', '/config', 'newer', '--version', '0']);
    expect({ code, errors }).toEqual({ code: 5, errors: [expect.stringContaining('BAD_VERSION')] });
    expect(String((await fixture.client.getData('/config')).data)).toBe('new');
  });
});

describe('zk-recipes create', () => {
  it('creates a znode and prints its path', async () => {
    await using fixture = await CliFixture.open();
    expect(await fixture.result(['create', '/config', 'on'])).toEqual({ code: 0, output: '/config\n', errors: [] });
    expect(String((await fixture.client.getData('/config')).data)).toBe('on');
    expect(await fixture.result(['create', '/empty', '--json'])).toMatchObject({ output: '{"path":"/empty"}\n' });
    expect((await fixture.client.getData('/empty')).data).toHaveLength(0);
    expect(await fixture.result(['create', '/piped', '-'], { input: BINARY })).toMatchObject({ code: 0 });
    expect((await fixture.client.getData('/piped')).data).toEqual(BINARY);
  });

  it('creates the parents with --parents', async () => {
    await using fixture = await CliFixture.open();
    expect(await fixture.result(['create', '/a/b/c'])).toMatchObject({ code: 3, output: '' });
    expect(await fixture.result(['create', '/a/b/c', '--parents'])).toMatchObject({ code: 0, output: '/a/b/c\n' });
  });

  it('creates a znode of the mode of --mode, and prints the path that the server chose', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/jobs');
    const { output } = await fixture.result(['create', '/jobs/', '--mode', 'persistent-sequential']);
    expect(output).toMatch(/^\/jobs\/\d{10}\n$/);
    expect(await fixture.client.exists(output.trim())).toMatchObject({ ephemeralOwner: 0n });
  });

  it('keeps an ephemeral znode until it is interrupted', async () => {
    await using fixture = await CliFixture.open();
    const cli = await fixture.run(['create', '/me', '--mode', 'ephemeral']);
    await cli.lines.untilCount(1);
    expect(await fixture.client.exists('/me')).toMatchObject({ ephemeralOwner: await fixture.session() });
    cli.kill('SIGINT');
    expect(await cli.ended).toEqual({ code: 130, signal: null });
    expect(await fixture.client.exists('/me')).toBe(null);
  });

  it('ends with exit code 1 when the session of its ephemeral znode expires', async () => {
    await using fixture = await CliFixture.open();
    const cli = await fixture.run(['create', '/me', '--mode', 'ephemeral']);
    await cli.lines.untilCount(1);
    fixture.server.expireSession(await fixture.session());
    expect(await cli.ended).toEqual({ code: 1, signal: null });
    expect(cli.errors.last).toBe('zk-recipes: the session is lost, and the znode with it');
  });
});

describe('zk-recipes shell', () => {
  it('reports that its session was lost, and its ephemeral znodes with it', async () => {
    await using fixture = await CliFixture.open();
    const cli = await fixture.run(['shell'], { input: 'create -e /me\n', isInputOpen: true });
    await cli.lines.untilCount(1);
    fixture.server.expireSession(await fixture.session());
    await cli.errors.untilCount(1);
    expect(cli.errors.last).toBe(
      'zk-recipes: the session was lost, and its ephemeral znodes with it; a new one follows',
    );
  });
});

describe('zk-recipes delete', () => {
  it('deletes a znode, only of the version of --version', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config');
    expect(await fixture.result(['delete', '/config', '--version', '1'])).toMatchObject({ code: 5 });
    expect(await fixture.result(['delete', '/config', '--version', '0'])).toEqual({ code: 0, output: '', errors: [] });
    expect(await fixture.client.exists('/config')).toBe(null);
  });

  it('deletes the znodes below only with --recursive', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/a/b/c', '', { makePath: true });
    expect(await fixture.result(['delete', '/a'])).toMatchObject({ code: 5 });
    expect(await fixture.result(['delete', '/a', '--recursive'])).toEqual({ code: 0, output: '', errors: [] });
    expect(await fixture.client.exists('/a')).toBe(null);
  });

  it('fails for a znode that never existed', async () => {
    await using fixture = await CliFixture.open();
    for (const options of [[], ['--recursive']]) {
      const { code, errors } = await fixture.result(['delete', '/cofnig', ...options]);
      expect({ code, errors }).toEqual({ code: 3, errors: [expect.stringContaining('/cofnig')] });
    }
  });
});

describe('a command for a quick look', () => {
  it.each([
    [['get', '/none'], 3, 'NO_NODE'],
    [['ls', '/none'], 3, 'NO_NODE'],
    [['set', '/none', 'x'], 3, 'NO_NODE'],
    [['create', '/zookeeper'], 5, 'NODE_EXISTS'],
    [['get', '/closed'], 1, 'NO_AUTH'],
  ])('prints in one line why it failed: %j', async (args, code, reason) => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/closed', '', { acl: [{ perms: 0, scheme: 'world', id: 'anyone' }] });
    const errors = [expect.stringMatching(`^zk-recipes: .*${reason}`)];
    expect(await fixture.result(args)).toEqual({ code, output: '', errors });
  });

  it('closes its session', async () => {
    await using fixture = await CliFixture.open();
    await fixture.result(['get', '/zookeeper']);
    await fixture.result(['get', '/none']);
    expect(await fixture.sessions()).toEqual([]);
  });
});
