import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { CliFixture } from './cli-fixture.js';

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const ZXID = expect.stringMatching(/^\d+$/);
const CLOSED = { acl: [{ perms: 30, scheme: 'world', id: 'anyone' }] };
const MANY = 20_000;

async function createAll(fixture: CliFixture, paths: readonly string[]): Promise<void> {
  for (const path of paths) await fixture.client.create(path, `of ${path}`);
}

/** Opens a server with /w, /w/a and /w/a/b. */
async function openWithTree(): Promise<CliFixture> {
  const fixture = await CliFixture.open();
  await createAll(fixture, ['/w', '/w/a', '/w/a/b']);
  return fixture;
}

describe('zk-recipes watch tree', () => {
  it('prints the number of znodes and each of them, and a line for each change', async () => {
    await using fixture = await openWithTree();
    const cli = await fixture.run(['watch', 'tree', '/w']);
    await cli.lines.untilCount(4);
    await fixture.client.setData('/w/a/b', 'new');
    await cli.lines.untilCount(5);
    await fixture.client.transaction().delete('/w/a/b').delete('/w/a').create('/w/c').commit();
    await cli.lines.untilCount(8);
    const first = ['3 znodes', 'created /w', 'created /w/a', 'created /w/a/b'];
    const changes = ['modified /w/a/b', 'deleted /w/a/b', 'deleted /w/a', 'created /w/c'];
    expect(cli.lines.items.slice(0, 5)).toEqual([...first, 'modified /w/a/b']);
    expect([...cli.lines.items.slice(4)].sort()).toEqual([...changes].sort());
    expect(cli.states).toEqual(['connecting', 'connected']);
    const calls = cli.errors.items.filter((line) => /Z tree \/\S* \d+ znodes?, position \d+$/.test(line));
    expect(cli.errors.items).toHaveLength(2 + calls.length);
  });

  it('waits for a missing znode', async () => {
    await using fixture = await CliFixture.open();
    const cli = await fixture.run(['watch', 'tree', '/w']);
    await cli.lines.untilCount(1);
    await fixture.client.create('/w');
    await cli.lines.untilCount(2);
    await fixture.client.delete('/w');
    await cli.lines.untilCount(3);
    expect(cli.lines.items).toEqual(['0 znodes', 'created /w', 'deleted /w']);
  });

  it('prints with --json an object per change, and in the last one of a call the new position', async () => {
    await using fixture = await openWithTree();
    const cli = await fixture.run(['watch', 'tree', '/w', '--json']);
    await cli.lines.untilCount(3);
    const stat = await fixture.client.setData('/w/a/b', Buffer.from([0xff]));
    await cli.lines.untilCount(4);
    await fixture.client.transaction().delete('/w/a/b').create('/w/a/b').commit();
    await cli.lines.untilCount(5);
    await fixture.client.delete('/w/a/b');
    await cli.lines.untilCount(6);
    const common = { time: TIME, zxid: ZXID, recreated: false, stat: expect.anything(), position: ZXID };
    const text = (path: string) => ({ data: `of ${path}`, encoding: 'utf8' });
    const b = { ...common, path: '/w/a/b' };
    const binary = { data: '/w==', encoding: 'base64', zxid: String(stat.mzxid) };
    expect(cli.objects).toEqual([
      { ...common, type: 'created', path: '/w', ...text('/w'), position: '0' },
      { ...common, type: 'created', path: '/w/a', ...text('/w/a'), position: '0' },
      { ...b, type: 'created', ...text('/w/a/b') },
      { ...b, type: 'modified', ...binary, stat: expect.objectContaining({ version: 1, mzxid: String(stat.mzxid) }) },
      { ...b, type: 'modified', recreated: true, data: '', encoding: 'utf8' },
      { ...b, type: 'deleted', data: null, encoding: null, stat: null },
    ]);
    const positions = cli.objects.map(({ position }) => BigInt(String(position)));
    expect(positions.every((position, index) => index === 0 || position >= (positions[index - 1] ?? 0n))).toBe(true);
    const found = spawnSync('jq', ['-r', 'select(.type == "deleted").path'], { input: cli.output });
    // jq need not be installed.
    if (!found.error) expect(String(found.stdout)).toBe('/w/a/b\n');
  });

  it('leaves out the data with --no-data, and the znodes further below than --depth', async () => {
    await using fixture = await openWithTree();
    const cli = await fixture.run(['watch', 'tree', '/w', '--json', '--once', '--no-data', '--depth', '1']);
    await cli.ended;
    const common = { type: 'created', time: TIME, zxid: ZXID, recreated: false, position: ZXID };
    const stat = expect.objectContaining({ dataLength: expect.any(Number) });
    expect(cli.objects).toEqual([
      { ...common, path: '/w', stat },
      { ...common, path: '/w/a', stat },
    ]);
  });

  it('begins with --since where an earlier run has ended, and says once that deletions are missing', async () => {
    await using fixture = await openWithTree();
    const first = await fixture.run(['watch', 'tree', '/w', '--json', '--once']);
    await first.ended;
    const position = String(first.objects.at(-1)?.position);
    await fixture.client.setData('/w/a', 'new');
    await fixture.client.create('/w/d');
    await fixture.client.delete('/w/a/b');
    for (const since of [position, `0x${BigInt(position).toString(16)}`]) {
      const cli = await fixture.run(['watch', 'tree', '/w', '--json', '--once', '--since', since]);
      await cli.ended;
      const changes = cli.objects.map(({ type, path, position: at }) => ({ type, path, isBefore: at === position }));
      expect(changes).toEqual([
        { type: 'modified', path: '/w/a', isBefore: true },
        { type: 'created', path: '/w/d', isBefore: false },
      ]);
      expect(cli.errors.items.filter((line) => line.includes('deletions since --since'))).toHaveLength(1);
    }
  });

  it('starts over when --since is of another ensemble', async () => {
    await using fixture = await openWithTree();
    const { output, errors } = await fixture.result(['watch', 'tree', '/w', '--once', '--since', '9999999']);
    expect(output).toBe('3 znodes\ncreated /w\ncreated /w/a\ncreated /w/a/b\n');
    expect(errors).toContainEqual(expect.stringContaining('another ensemble'));
  });

  it('ends with exit code 0 after the first call with --once, and when nothing has changed for --idle', async () => {
    await using fixture = await openWithTree();
    for (const option of [['--once'], ['--idle', '50']]) {
      const { code, output } = await fixture.result(['watch', 'tree', '/w/a', ...option]);
      expect({ code, output }).toEqual({ code: 0, output: '2 znodes\ncreated /w/a\ncreated /w/a/b\n' });
    }
    expect(await fixture.sessions()).toEqual([]);
  });

  it('reports znodes that may not be read, in one line however many they are, and goes on', async () => {
    await using fixture = await openWithTree();
    for (const path of ['/w/x', '/w/y', '/w/z']) await fixture.client.create(path, '', CLOSED);
    const cli = await fixture.run(['watch', 'tree', '/w', '--json']);
    await cli.lines.untilCount(6);
    await fixture.client.create('/w/new');
    await cli.lines.untilCount(7);
    const closed = cli.objects.find(({ path }) => path === '/w/x');
    expect(closed).toMatchObject({ type: 'created', unreadable: true, data: null, encoding: null });
    const reports = cli.errors.items.filter((line) => line.includes('NO_AUTH'));
    expect(reports).toEqual([expect.stringMatching(/\/w\/[xyz].*\(and 2 more errors before the first call\)$/)]);
  });

  it('goes on over a lost connection and in a new session, and prints only what has changed', async () => {
    await using fixture = await openWithTree();
    const cli = await fixture.run(['watch', 'tree', '/w']);
    await cli.lines.untilCount(4);
    fixture.server.dropConnections();
    await fixture.client.retry(() => fixture.client.setData('/w/a', 'new'));
    await cli.lines.untilCount(5);
    fixture.server.expireSession(await fixture.session());
    await cli.errors.until(() => cli.states.at(-1) === 'connected' && cli.states.includes('lost'));
    await fixture.client.delete('/w/a/b');
    await cli.lines.untilCount(6);
    expect(cli.lines.items.slice(4)).toEqual(['modified /w/a', 'deleted /w/a/b']);
  });

  it('runs a program for each call, with the changes on stdin', async () => {
    await using fixture = await openWithTree();
    const shows = 'echo "$ZK_RECIPES_TYPE $ZK_RECIPES_PATH $ZK_RECIPES_EXISTS $ZK_RECIPES_SIZE"';
    const program = [
      'sh',
      '-c',
      `${shows} "$(env | grep -c ZK_RECIPES_EVENT)"; test "$ZK_RECIPES_POSITION" -gt 0 && cat`,
    ];
    const cli = await fixture.run(['watch', 'tree', '/w', '--', ...program], { env: { ZK_RECIPES_EVENT: 'outer' } });
    await cli.lines.untilCount(4);
    await fixture.client.delete('/w/a/b');
    await cli.lines.untilCount(6);
    const first = ['tree /w true 3 0', 'created /w', 'created /w/a', 'created /w/a/b'];
    expect(cli.lines.items).toEqual([...first, 'tree /w true 2 0', 'deleted /w/a/b']);
    const { output } = await fixture.result(['watch', 'tree', '/w', '--json', '--once', '--', 'tail', '-n', '1']);
    expect(JSON.parse(output)).toMatchObject({ type: 'created', path: '/w/a' });
  });

  it('prints twenty thousand znodes, and ends on a signal or without a reader meanwhile', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/w');
    for (let index = 0; index < MANY; ) {
      const transaction = fixture.client.transaction();
      for (const end = index + 1_000; index < end; index += 1) transaction.create(`/w/${index}`);
      await transaction.commit();
    }
    const cli = await fixture.run(['watch', 'tree', '/w', '--json']);
    await cli.lines.untilCount(MANY + 1);
    cli.closeOutput();
    await fixture.client.create('/w/new');
    expect(await cli.ended).toEqual({ code: 0, signal: null });
    const unread = await fixture.run(['watch', 'tree', '/w', '--json'], { isRead: false, before: ANNOUNCES_PRINTING });
    await unread.errors.until((lines) => lines.includes('printing'));
    unread.kill('SIGINT');
    expect(await unread.ended).toEqual({ code: 130, signal: null });
    expect(unread.errors.items).toHaveLength(3);
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
