import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../testing/eventually.js';
import { CliFixture } from './cli-fixture.js';
import type { CliProcess } from './cli-process.js';

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const ZXID = expect.stringMatching(/^\d+$/);

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spec-subscribe-'));
  file = join(folder, 'position');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Opens a server with /w, /w/a and /w/a/b. */
async function openWithTree(): Promise<CliFixture> {
  const fixture = await CliFixture.open();
  for (const path of ['/w', '/w/a', '/w/a/b']) await fixture.client.create(path, `of ${path}`);
  return fixture;
}

/** Resolves once further changes are printed. Those of stdout that were printed before may still be on their way. */
async function untilSubscribed(cli: CliProcess): Promise<void> {
  await cli.errors.until((lines) => lines.some((line) => /^zk-recipes: \S+Z subscribed, at position \d+$/.test(line)));
}

async function subscribed(fixture: CliFixture, ...args: string[]): Promise<CliProcess> {
  const cli = await fixture.run(['subscribe', ...args]);
  await untilSubscribed(cli);
  return cli;
}

describe('zk-recipes subscribe', () => {
  it('prints each change after its start', async () => {
    await using fixture = await openWithTree();
    const cli = await subscribed(fixture, '/w');
    await fixture.client.setData('/w/a/b', 'new');
    await cli.lines.untilCount(1);
    await fixture.client.create('/w/c');
    await cli.lines.untilCount(2);
    await fixture.client.delete('/w/a/b');
    await cli.lines.untilCount(3);
    await fixture.client.create('/v');
    cli.kill('SIGINT');
    expect(await cli.ended).toEqual({ code: 130, signal: null });
    expect(cli.output.toString()).toBe('modified /w/a/b\ncreated /w/c\ndeleted /w/a/b\n');
    expect(cli.states).toEqual(['connecting', 'connected']);
    expect(cli.errors.items).toHaveLength(3);
    expect(await fixture.sessions()).toEqual([]);
  });

  it('prints with --json one object per line', async () => {
    await using fixture = await openWithTree();
    const cli = await subscribed(fixture, '/w', '--json');
    const { mzxid } = await fixture.client.setData('/w/a/b', 'new');
    await cli.lines.untilCount(1);
    await fixture.client.delete('/w/a/b');
    await cli.lines.untilCount(2);
    const common = { time: TIME, path: '/w/a/b', zxid: ZXID, recreated: false, position: ZXID };
    const stat = expect.objectContaining({ mzxid: String(mzxid) });
    expect(cli.objects).toEqual([
      { ...common, type: 'modified', zxid: String(mzxid), data: 'new', encoding: 'utf8', stat },
      { ...common, type: 'deleted', data: null, encoding: null, stat: null },
    ]);
    const found = spawnSync('jq', ['-r', '[.type, .path] | join(" ")'], { input: cli.output });
    // jq need not be installed.
    if (!found.error) expect(String(found.stdout)).toBe('modified /w/a/b\ndeleted /w/a/b\n');
    const bare = await subscribed(fixture, '/w', '--json', '--no-data', '--once');
    await fixture.client.setData('/w/a', 'new');
    await bare.ended;
    expect(bare.objects).toEqual([{ ...common, type: 'modified', path: '/w/a', stat: expect.anything() }]);
  });

  it.each([
    [
      ['--path', '/w/*'],
      ['/w/job-0000000003', '/w/me', '/w/plain'],
    ],
    [
      ['--path', '/w/m*', '--path', '/w/**/deep'],
      ['/w/me', '/w/plain/deep'],
    ],
    [['--type', 'modified'], ['/w/a']],
    [
      ['--type', 'modified', '--type', 'deleted'],
      ['/w/a', '/w/a/b'],
    ],
    [['--ephemeral'], ['/w/me']],
    [
      ['--persistent', '--path', '/w/*', '--type', 'created'],
      ['/w/job-0000000003', '/w/plain'],
    ],
    [['--sequential', 'job-'], ['/w/job-0000000003']],
  ])('prints only the changes that %j selects', async (filter, paths) => {
    await using fixture = await CliFixture.open();
    for (const path of ['/w', '/w/a', '/w/a/b', '/w/x', '/w/y', '/w/z']) await fixture.client.create(path);
    for (const path of ['/w/x', '/w/y', '/w/z']) await fixture.client.delete(path);
    const cli = await subscribed(fixture, '/w', ...filter, '--json', '--idle', '1000');
    const transaction = fixture.client.transaction();
    transaction.delete('/w/a/b').setData('/w/a', 'new').create('/w/plain').create('/w/plain/deep');
    transaction.create('/w/me', '', { mode: 'ephemeral' });
    transaction.create('/w/job-', '', { mode: 'persistent-sequential' });
    await transaction.commit();
    await cli.ended;
    const printed = cli.objects.map(({ path }) => String(path).replace(/\d{10}$/, '0000000003'));
    const isOfPathAlone = filter[0] === '--path' && filter[1] === '/w/*';
    expect(printed.sort()).toEqual(isOfPathAlone ? ['/w/a', ...paths].sort() : paths);
  });

  it('begins with --since after a position, and says once that deletions are missing', async () => {
    await using fixture = await openWithTree();
    const { mzxid } = await fixture.client.setData('/w/a', 'new');
    await fixture.client.create('/w/c');
    await fixture.client.delete('/w/a/b');
    const cli = await subscribed(fixture, '/w', '--since', String(mzxid));
    await cli.lines.untilCount(1);
    expect(cli.lines.items).toEqual(['created /w/c']);
    expect(cli.errors.items.filter((line) => line.includes('deletions since --since'))).toHaveLength(1);
    const all = await subscribed(fixture, '/w', '--since', '0');
    await all.lines.untilCount(3);
    expect([...all.lines.items].sort()).toEqual(['created /w', 'created /w/a', 'created /w/c']);
  });

  it('ends with exit code 0 after the first change with --once, after n with --count, and with --idle', async () => {
    await using fixture = await openWithTree();
    for (const [option, changes] of [
      [['--once'], 1],
      [['--count', '2'], 2],
      [['--idle', '50'], 0],
    ] as const) {
      const cli = await fixture.run(['subscribe', '/w', ...option, '--since', '0']);
      expect(await cli.ended).toEqual({ code: 0, signal: null });
      expect(cli.lines.items).toHaveLength(changes || 3);
    }
    expect(await fixture.sessions()).toEqual([]);
  });

  it('goes on over a lost connection and in a new session', async () => {
    await using fixture = await openWithTree();
    const cli = await subscribed(fixture, '/w');
    fixture.server.dropConnections();
    await fixture.client.retry(() => fixture.client.setData('/w/a', 'new'));
    await cli.lines.untilCount(1);
    fixture.server.expireSession(await fixture.session());
    await fixture.client.delete('/w/a/b');
    await cli.lines.untilCount(2);
    expect(cli.lines.items).toEqual(['modified /w/a', 'deleted /w/a/b']);
  });
});

describe('zk-recipes subscribe --checkpoint', () => {
  /** Runs until nothing more is to be printed. */
  const rest = async (fixture: CliFixture, ...args: string[]) => {
    const cli = await fixture.run(['subscribe', '/w', '--checkpoint', file, '--idle', '50', ...args]);
    const { code } = await cli.ended;
    return { code, lines: cli.lines.items };
  };

  it('continues exactly where the run before has ended, deletions included', async () => {
    await using fixture = await openWithTree();
    const first = await subscribed(fixture, '/w', '--checkpoint', file);
    await fixture.client.create('/w/c');
    await first.lines.untilCount(1);
    first.kill('SIGTERM');
    expect(await first.ended).toEqual({ code: 143, signal: null });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['position']);
    await fixture.client.delete('/w/a/b');
    await fixture.client.setData('/w/c', 'new');
    await fixture.client.create('/w/d');
    expect(await rest(fixture)).toEqual({ code: 0, lines: ['modified /w/c', 'created /w/d', 'deleted /w/a/b'] });
    expect(await rest(fixture)).toEqual({ code: 0, lines: [] });
  });

  it('continues after a run that was killed: a change is printed again rather than lost', async () => {
    await using fixture = await openWithTree();
    const first = await subscribed(fixture, '/w', '--checkpoint', file);
    await eventually(async () => (await readdir(folder)).includes('position'));
    first.kill('SIGKILL');
    await first.ended;
    await fixture.client.delete('/w/a/b');
    expect(await rest(fixture)).toEqual({ code: 0, lines: ['deleted /w/a/b'] });
  });

  it('prints the rest of a backlog that --count has cut short', async () => {
    await using fixture = await openWithTree();
    await rest(fixture);
    for (const path of ['/w/c', '/w/d', '/w/e']) await fixture.client.create(path);
    expect(await rest(fixture, '--count', '2')).toEqual({ code: 0, lines: ['created /w/c', 'created /w/d'] });
    expect(await rest(fixture)).toEqual({ code: 0, lines: ['created /w/e'] });
  });

  it('does not count a change as printed when stdout is closed', async () => {
    await using fixture = await openWithTree();
    const first = await subscribed(fixture, '/w', '--checkpoint', file);
    await fixture.client.create('/w/c');
    await first.lines.untilCount(1);
    first.closeOutput();
    await fixture.client.create('/w/d');
    expect(await first.ended).toEqual({ code: 0, signal: null });
    expect(first.errors.items).toHaveLength(3);
    expect(await rest(fixture)).toEqual({ code: 0, lines: ['created /w/d'] });
  });

  it('begins after --since while there is no file', async () => {
    await using fixture = await openWithTree();
    const { lines } = await rest(fixture, '--since', '0');
    expect([...lines].sort()).toEqual(['created /w', 'created /w/a', 'created /w/a/b']);
    expect(await rest(fixture, '--since', '0')).toEqual({ code: 0, lines: [] });
  });

  it('starts over with a checkpoint of another ensemble, and says so', async () => {
    {
      await using fixture = await openWithTree();
      for (let index = 0; index < 50; index += 1) await fixture.client.setData('/w', '');
      await rest(fixture);
    }
    await using fixture = await openWithTree();
    const cli = await subscribed(fixture, '/w', '--checkpoint', file);
    await cli.lines.untilCount(3);
    expect([...cli.lines.items].sort()).toEqual(['created /w', 'created /w/a', 'created /w/a/b']);
    expect(cli.errors.items).toContainEqual(expect.stringContaining('another ensemble'));
    expect(cli.errors.items).toContain('zk-recipes: deletions since the checkpoint are not reported');
  });

  it('ends with exit code 1, without a session, for a file of no use', async () => {
    await using fixture = await openWithTree();
    await writeFile(file, 'no checkpoint');
    const { code, errors } = await fixture.result(['subscribe', '/w', '--checkpoint', file]);
    expect({ code, errors }).toEqual({ code: 1, errors: [expect.stringContaining('--checkpoint is of no use')] });
    await rm(file);
    await rest(fixture);
    const other = await fixture.result(['subscribe', '/w/a', '--checkpoint', file]);
    const errorsOfOther = [expect.stringContaining('the file of --checkpoint is of /w, not of /w/a')];
    expect(other).toMatchObject({ code: 1, errors: errorsOfOther });
  });

  it('ends with exit code 1 when the file cannot be written', async () => {
    await using fixture = await openWithTree();
    const missing = join(folder, 'none', 'position');
    const { code, errors } = await fixture.result(['subscribe', '/w', '--checkpoint', missing]);
    expect({ code, last: errors.at(-1) }).toEqual({
      code: 1,
      last: 'zk-recipes: the file of --checkpoint cannot be written (ENOENT)',
    });
    expect(await fixture.sessions()).toEqual([]);
  });
});
