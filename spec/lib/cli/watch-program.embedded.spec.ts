import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMAND } from '../../../lib/cli/limits.js';
import { DEADLINE } from '../../../lib/core/limits.js';
import { eventually } from '../../../testing/eventually.js';
import { scaled } from '../../../testing/time-factor.js';
import { CliFixture } from './cli-fixture.js';

/** Prints the call, and the lines of stdin in parentheses. */
const SHOWS = ['sh', '-c', 'echo "$ZK_RECIPES_EVENT" "$ZK_RECIPES_EXISTS" "($(cat))"'];

/** Larger than the buffer of a pipe. */
const LARGE = Buffer.alloc(1_000_000, 'x');

const node = (source: string) => [process.execPath, '-e', source];

/** The lines of stderr about the program, without their times. */
function failuresOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => /^zk-recipes: \S+Z (the program .*)$/.exec(line)?.[1] ?? []);
}

/** A pipe with a name, at which a program waits. */
class Gate implements AsyncDisposable {
  readonly path: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'gate');
    execFileSync('mkfifo', [this.path]);
  }

  static async make(): Promise<Gate> {
    return new Gate(await mkdtemp(join(tmpdir(), 'spec-gate-')));
  }

  /** Resolves once a program has passed. */
  pass(): Promise<void> {
    return writeFile(this.path, 'pass');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Opened for both, it waits for nobody, and lets go of whoever waits.
    await (await open(this.path, 'r+')).close();
    await rm(this.#folder, { recursive: true });
  }
}

/** Whether there is a process of this id. */
function isAlive(pid: string): boolean {
  try {
    return process.kill(Number(pid), 0);
  } catch {
    return false;
  }
}

describe('zk-recipes watch with a program', () => {
  it('runs it for each call with the data on stdin, and prints nothing of its own on stdout', async () => {
    await using fixture = await CliFixture.open();
    const cli = await fixture.run(['watch', 'data', '/config', '--', ...SHOWS]);
    await cli.lines.untilCount(1);
    await fixture.client.create('/config', 'a');
    await cli.lines.untilCount(2);
    await fixture.client.setData('/config', 'b');
    await cli.lines.untilCount(3);
    await fixture.client.delete('/config');
    await cli.lines.untilCount(4);
    const calls = [' false ()', 'NodeCreated true (a)', 'NodeDataChanged true (b)', 'NodeDeleted false ()'];
    expect(cli.lines.items).toEqual(calls);
    expect(cli.errors.items).toHaveLength(2);
    expect(cli.states).toEqual(['connecting', 'connected']);
  });

  it('gives it the exact bytes', async () => {
    await using fixture = await CliFixture.open();
    const data = Buffer.from([0xff, 0x00, 0x0a, 0x80]);
    await fixture.client.create('/config', data);
    const cli = await fixture.run(['watch', 'data', '/config', '--once', '--', 'cat']);
    await cli.ended;
    expect(cli.output).toEqual(data);
  });

  it('runs it for each call with the names of the children on stdin, one per line', async () => {
    await using fixture = await CliFixture.open();
    for (const path of ['/w', '/w/b', '/w/a a']) await fixture.client.create(path);
    const cli = await fixture.run(['watch', 'children', '/w', '--', 'sh', '-c', 'cat; echo .']);
    await cli.lines.until((lines) => lines.at(-1) === '.');
    await fixture.client.delete('/w/b');
    await cli.lines.untilCount(5);
    expect(cli.lines.items).toEqual(['a a', 'b', '.', 'a a', '.']);
  });

  it('describes the call and the znode in its environment, and names the servers', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/w');
    await fixture.client.create('/config', 'a');
    const stat = await fixture.client.setData('/config', 'b');
    const program = node('console.log(JSON.stringify(process.env))');
    // Left by an outer watch.
    const env = { ZK_RECIPES_VERSION: '7', ZK_RECIPES_MZXID: '7' };
    const run = async (aspect: string, path: string) => {
      const connect = ['--connect', fixture.server.connectString];
      const args = ['watch', aspect, path, '--once', ...connect, '--', ...program];
      const { output } = await fixture.result(args, { env: { ...env, ZK_RECIPES_CONNECT: 'elsewhere:1' } });
      const variables = Object.entries(JSON.parse(output)).filter(([name]) => name.startsWith('ZK_RECIPES_'));
      return Object.fromEntries(variables);
    };
    const common = {
      ZK_RECIPES_CONNECT: fixture.server.connectString,
      ZK_RECIPES_TIME: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      ZK_RECIPES_EVENT: '',
    };
    const version = { ZK_RECIPES_VERSION: '1', ZK_RECIPES_MZXID: String(stat.mzxid) };
    const config = { ZK_RECIPES_TYPE: 'data', ZK_RECIPES_PATH: '/config', ZK_RECIPES_EXISTS: 'true' };
    expect(await run('data', '/config')).toEqual({ ...common, ...config, ...version });
    const none = { ZK_RECIPES_TYPE: 'data', ZK_RECIPES_PATH: '/none', ZK_RECIPES_EXISTS: 'false' };
    expect(await run('data', '/none')).toEqual({ ...common, ...none });
    const children = { ZK_RECIPES_TYPE: 'children', ZK_RECIPES_PATH: '/w', ZK_RECIPES_EXISTS: 'true' };
    expect(await run('children', '/w')).toEqual({ ...common, ...children });
  });

  it('keeps its secrets from it', async () => {
    await using fixture = await CliFixture.open();
    const secrets = ['ZK_RECIPES_AUTH', 'ZK_RECIPES_SASL_PASSWORD', 'ZK_RECIPES_TLS_PASSPHRASE'].concat([
      'ZK_RECIPES_TOKEN',
      'ZK_RECIPES_POLL_URL',
    ]);
    const env = { ...Object.fromEntries(secrets.map((name) => [name, 'bob:s3cret'])), OTHER: 'kept' };
    const args = ['watch', 'data', '/zookeeper', '--once', '--auth', 'digest', '--', 'env'];
    const { code, output } = await fixture.result(args, { env });
    expect(code).toBe(0);
    expect(output).toContain('OTHER=kept\n');
    for (const secret of [...secrets, 's3cret']) expect(output).not.toContain(secret);
  });

  it('gives it with --json the object that would be printed', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', 'a');
    const cli = await fixture.run(['watch', 'data', '/config', '--json', '--once', '--', 'cat']);
    await cli.ended;
    const common = { type: 'data', path: '/config', event: null, time: expect.any(String) };
    expect(cli.objects).toEqual([{ ...common, data: 'a', encoding: 'utf8', stat: expect.anything() }]);
  });

  it('runs one at a time, and coalesces the changes during a run', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', '1');
    await using gate = await Gate.make();
    const program = ['sh', '-c', 'echo "begin $(cat)"; cat "$0" > /dev/null; echo end', gate.path];
    const cli = await fixture.run(['watch', 'data', '/config', '--count', '3', '--', ...program]);
    await cli.lines.untilCount(1);
    for (const data of ['2', '3', '4']) await fixture.client.setData('/config', data);
    await gate.pass();
    await cli.lines.untilCount(3);
    expect(cli.lines.items).toEqual(['begin 1', 'end', 'begin 4']);
    await gate.pass();
    await cli.lines.untilCount(4);
    await fixture.client.setData('/config', '5');
    await gate.pass();
    await cli.ended;
    expect(cli.lines.items.slice(4)).toEqual(['begin 5', 'end']);
  });

  it.each([
    ['an exit code', ['sh', '-c', 'cat; echo; exit 3'], 'the program for /config has ended with exit code 3'],
    ['a signal', ['sh', '-c', 'cat; echo; kill -KILL $$'], 'the program for /config was ended by SIGKILL'],
    ['SIGPIPE of its own', ['sh', '-c', 'cat; echo; kill -PIPE $$'], 'the program for /config was ended by SIGPIPE'],
  ])('reports a failure in one line, and goes on: %s', async (_name, program, failure) => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', 'a');
    const cli = await fixture.run(['watch', 'data', '/config', '--count', '2', '--', ...program]);
    await cli.errors.until((lines) => failuresOf(lines).length === 1);
    await fixture.client.setData('/config', 'b');
    expect(await cli.ended).toEqual({ code: 0, signal: null });
    expect(cli.lines.items).toEqual(['a', 'b']);
    expect(failuresOf(cli.errors.items)).toEqual([failure, failure]);
    expect(cli.errors.items).toHaveLength(4);
  });

  it.each([
    ['is not found', 'no-such-program --password s3cret', 'ENOENT'],
    ['may not be run', '/etc/passwd', 'EACCES'],
  ])('reports a program that %s, and goes on', async (_name, program, reason) => {
    await using fixture = await CliFixture.open();
    const cli = await fixture.run(['watch', 'data', '/config', '--count', '2', '--', program]);
    await cli.errors.until((lines) => failuresOf(lines).length === 1);
    await fixture.client.create('/config');
    expect(await cli.ended).toEqual({ code: 0, signal: null });
    const failure = expect.stringContaining(`the program for /config cannot be started (${reason})`);
    expect(failuresOf(cli.errors.items)).toEqual([failure, failure]);
    expect(cli.errors.items.join('\n')).not.toContain('s3cret');
  });

  it('reports a program whose arguments are too long, and goes on', async () => {
    await using fixture = await CliFixture.open();
    // The limit of the system includes the environment.
    const before = `process.env.LONG = 'x'.repeat(1_000_000);`;
    const { code, errors } = await fixture.result(['watch', 'data', '/config', '--once', '--', 'true'], { before });
    expect(code).toBe(0);
    expect(failuresOf(errors)).toEqual([expect.stringContaining('cannot be started (E2BIG)')]);
  });

  it('does not mind a program that does not read its stdin', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', LARGE);
    const { code, output, errors } = await fixture.result(['watch', 'data', '/config', '--once', '--', 'true']);
    expect({ code, output }).toEqual({ code: 0, output: '' });
    expect(errors).toHaveLength(2);
  });

  it('waits for its end before it ends with --once', async () => {
    await using fixture = await CliFixture.open();
    const program = node('setTimeout(() => console.log("done"), 100)');
    const args = ['watch', 'data', '/zookeeper', '--once', '--', ...program];
    expect(await fixture.result(args)).toMatchObject({ code: 0, output: 'done\n' });
    expect(await fixture.sessions()).toEqual([]);
  });
});

describe('zk-recipes watch with a running program', () => {
  // Both end by themselves after half a minute: they must not outlive a spec that fails.

  /** Prints its process id, and on SIGTERM a line. */
  const POLITE = ['sh', '-c', 'trap "echo bye; exit 1" TERM; echo $$; for _ in $(seq 600); do sleep 0.05; done'];
  const DEAF = node('process.on("SIGTERM", () => {}); setTimeout(() => {}, 30000); console.log(process.pid)');

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends it on %s, and then itself, with exit code %i', async (signal, code) => {
    await using fixture = await CliFixture.open();
    const cli = await fixture.run(['watch', 'data', '/zookeeper', '--', ...POLITE]);
    await cli.lines.untilCount(1);
    cli.kill(signal);
    expect(await cli.ended).toEqual({ code, signal: null });
    expect(cli.lines.last).toBe('bye');
    expect(cli.errors.items).toHaveLength(2);
    expect(await fixture.sessions()).toEqual([]);
  });

  it('ends it after --timeout', async () => {
    await using fixture = await CliFixture.open();
    const before = 'process.on("exit", () => process.stderr.write("last\\n"));';
    const timeout = String(scaled(2_500));
    const args = ['watch', 'data', '/zookeeper', '--timeout', timeout, '--', ...POLITE];
    const cli = await fixture.run(args, { before });
    expect(await cli.ended).toEqual({ code: 4, signal: null });
    expect(cli.lines.last).toBe('bye');
    expect(cli.errors.items.slice(-2)).toEqual([`zk-recipes: ${timeout} ms have passed (--timeout)`, 'last']);
  });

  it('kills it when it does not end by itself, after five seconds', async () => {
    await using fixture = await CliFixture.open();
    const slice = Math.ceil(COMMAND.programGrace / DEADLINE.slices);
    const before = `
      const set = globalThis.setTimeout;
      globalThis.setTimeout = (f, ms, ...args) => {
        if (ms === ${slice}) console.error('waits');
        return set(f, ms === ${slice} ? 1 : ms, ...args);
      };`;
    const cli = await fixture.run(['watch', 'data', '/zookeeper', '--', ...DEAF], { before });
    const [pid = ''] = await cli.lines.untilCount(1);
    expect(isAlive(pid)).toBe(true);
    cli.kill('SIGINT');
    expect(await cli.ended).toEqual({ code: 130, signal: null });
    expect(cli.errors.items.filter((line) => line === 'waits')).toHaveLength(Math.floor(COMMAND.programGrace / slice));
    await eventually(() => !isAlive(pid));
  });

  it('ends without a message when stdout is closed, as the program finds out', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', 'a\n');
    const cli = await fixture.run(['watch', 'data', '/config', '--', 'cat']);
    await cli.lines.untilCount(1);
    cli.closeOutput();
    await fixture.client.setData('/config', 'b\n');
    expect(await cli.ended).toEqual({ code: 0, signal: null });
    expect(cli.errors.items).toHaveLength(2);
    expect(await fixture.sessions()).toEqual([]);
  });
});
