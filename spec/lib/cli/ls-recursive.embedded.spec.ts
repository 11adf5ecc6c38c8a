import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { CliFixture } from './cli-fixture.js';

const CLOSED = { acl: [{ perms: 30, scheme: 'world', id: 'anyone' }] };
const MANY = 20_000;

async function createAll(fixture: CliFixture, paths: readonly string[]): Promise<void> {
  for (const path of paths) await fixture.client.create(path);
}

describe('zk-recipes ls --recursive', () => {
  it('prints the paths of the znode and of all below it: parents first, siblings sorted by name', async () => {
    await using fixture = await CliFixture.open();
    await createAll(fixture, ['/w', '/w/b', '/w/a-b', '/w/a', '/w/a/z', '/w/a/c d', '/ww']);
    const output = '/w\n/w/a\n/w/a/c d\n/w/a/z\n/w/a-b\n/w/b\n';
    for (const flag of ['-R', '--recursive']) {
      expect(await fixture.result(['ls', flag, '/w'])).toEqual({ code: 0, output, errors: [] });
    }
    expect(await fixture.result(['ls', '-R', '/w/b'])).toEqual({ code: 0, output: '/w/b\n', errors: [] });
    const { output: all } = await fixture.result(['ls', '-R', '/']);
    expect(all).toMatch(/^\/\n\/w\n/);
  });

  it('prints with --json an object with path and stat per line', async () => {
    await using fixture = await CliFixture.open();
    await createAll(fixture, ['/w', '/w/b']);
    const cli = await fixture.run(['ls', '-R', '--json', '/w']);
    await cli.ended;
    const { stat } = JSON.parse((await fixture.result(['get', '/w/b', '--json'])).output);
    expect(cli.objects).toEqual([
      { path: '/w', stat: expect.objectContaining({ numChildren: 1 }) },
      { path: '/w/b', stat },
    ]);
    const found = spawnSync('jq', ['-r', 'select(.stat.numChildren == 0).path'], { input: cli.output });
    // jq need not be installed.
    if (!found.error) expect(String(found.stdout)).toBe('/w/b\n');
  });

  it('prints paths relative to the chroot', async () => {
    await using fixture = await CliFixture.open();
    await createAll(fixture, ['/app', '/app/w', '/app/w/a']);
    const connect = ['--connect', `${fixture.server.connectString}/app`];
    expect(await fixture.result(['ls', '-R', '/', ...connect])).toMatchObject({ output: '/\n/w\n/w/a\n' });
  });

  it('prints all znodes that may be read, and ends with exit code 1 when there are others', async () => {
    await using fixture = await CliFixture.open();
    await createAll(fixture, ['/w', '/w/z']);
    await fixture.client.create('/w/closed', '', CLOSED);
    const { code, output, errors } = await fixture.result(['ls', '-R', '/w']);
    expect({ code, output }).toEqual({ code: 1, output: '/w\n/w/closed\n/w/z\n' });
    expect(errors).toEqual([expect.stringMatching(/^zk-recipes: znodes that may not be read .*: 1, .*\/w\/closed$/)]);
    const cli = await fixture.run(['ls', '-R', '/w', '--json']);
    await cli.ended;
    const closed = { path: '/w/closed', stat: expect.objectContaining({ numChildren: 0 }), unreadable: true };
    expect(cli.objects).toContainEqual(closed);
  });

  it('ends with exit code 3 when there is no znode', async () => {
    await using fixture = await CliFixture.open();
    const errors = [expect.stringMatching(/^zk-recipes: .*\/none.*NO_NODE/)];
    expect(await fixture.result(['ls', '-R', '/none'])).toEqual({ code: 3, output: '', errors });
  });

  it('lists twenty thousand znodes, and ends on a signal or without a reader while it prints them', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/w');
    for (let index = 0; index < MANY; ) {
      const transaction = fixture.client.transaction();
      for (const end = index + 1_000; index < end; index += 1) transaction.create(`/w/${index}`);
      await transaction.commit();
    }
    const { code, output } = await fixture.result(['ls', '-R', '/w']);
    expect(code).toBe(0);
    const paths = output.trimEnd().split('\n');
    expect(paths).toHaveLength(MANY + 1);
    expect(paths).toEqual([...paths].sort());

    const interrupted = await fixture.run(['ls', '-R', '/w', '--json'], { isRead: false, before: ANNOUNCES_PRINTING });
    await interrupted.errors.untilCount(1);
    interrupted.kill('SIGINT');
    expect(await interrupted.ended).toEqual({ code: 130, signal: null });
    const unread = await fixture.run(['ls', '-R', '/w', '--json'], { isRead: false, before: ANNOUNCES_PRINTING });
    await unread.errors.untilCount(1);
    unread.closeOutput();
    expect(await unread.ended).toEqual({ code: 0, signal: null });
    expect(unread.errors.items).toEqual(['printing']);
    expect(await fixture.sessions()).toEqual([]);
  });
});

/** Prints a line on stderr before the first write to stdout. */
const ANNOUNCES_PRINTING = `
  const write = process.stdout._write.bind(process.stdout);
  process.stdout._write = (...args) => {
    process.stderr.write('printing\\n');
    process.stdout._write = write;
    write(...args);
  };`;
