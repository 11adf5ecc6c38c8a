import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../testing/eventually.js';
import { SECRET } from '../../secrets/shapes.js';
import { tracesIn } from '../../secrets/traces.js';
import { CliFixture } from './cli-fixture.js';
import { CliProcess } from './cli-process.js';

let folder: string;
let inbox: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spec-poll-'));
  [inbox, file] = [join(folder, 'inbox'), join(folder, 'position')];
  await mkdir(inbox);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function polling(args: readonly string[], env: Record<string, string> = {}): Promise<CliProcess> {
  const cli = await CliProcess.run(['poll', ...args], { env });
  await cli.errors.until((lines) => lines.some((line) => /^zk-recipes: \S+Z polling \S+ \(\w+\)$/.test(line)));
  return cli;
}

describe('zk-recipes poll', () => {
  it('prints each change of a directory', async () => {
    await using cli = await polling([inbox, '--recurse']);
    await mkdir(join(inbox, 'a'));
    await cli.lines.untilCount(1);
    await writeFile(join(inbox, 'a', 'ü b'), '');
    await cli.lines.untilCount(2);
    await rm(join(inbox, 'a'), { recursive: true });
    await eventually(() => cli.lines.items.filter((line) => line.startsWith('deleted ')).length === 2);
    const url = pathToFileURL(inbox).href;
    expect(cli.lines.items.filter((line) => !line.startsWith('modified'))).toEqual([
      `created ${url}/a`,
      `created ${url}/a/%C3%BC%20b`,
      `deleted ${url}/a/%C3%BC%20b`,
      `deleted ${url}/a`,
    ]);
    cli.kill('SIGINT');
    expect(await cli.ended).toEqual({ code: 130, signal: null });
  });

  it('continues from its checkpoint, and prints with --json one object per line', async () => {
    const args = [inbox, '--json', '--checkpoint', file, '--interval', '50'];
    const first = await polling(args);
    await writeFile(join(inbox, 'one'), '1');
    await first.lines.untilCount(1);
    first.kill('SIGTERM');
    expect((await first.ended).code).toBe(143);
    await writeFile(join(inbox, 'two'), '22');
    await rm(join(inbox, 'one'));
    await using second = await polling(args);
    await second.lines.untilCount(2);
    const url = pathToFileURL(inbox).href;
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(second.objects).toEqual([
      { type: 'deleted', time, subject: `${url}/one`, recreated: false },
      { type: 'created', time, subject: `${url}/two`, recreated: false, size: 2, modified: time },
    ]);
    second.kill('SIGTERM');
    await second.ended;
  });

  it('polls a znode, whose URL may come from the environment', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/w');
    const url = `zk://${fixture.server.connectString}/w`;
    await using cli = await polling([], { ZK_RECIPES_POLL_URL: url });
    await fixture.client.create('/w/a');
    await cli.lines.untilCount(1);
    expect(cli.lines.items).toEqual([`created ${url}/a`]);
    cli.kill('SIGTERM');
    await cli.ended;
    expect(await fixture.sessions()).toEqual([]);
  });

  it('refuses wrong arguments, and what is not there', async () => {
    const result = async (...args: string[]) => {
      const cli = await CliProcess.run(['poll', ...args]);
      const { code } = await cli.ended;
      expect(tracesIn([...cli.errors.items, String(cli.output)])).toEqual([]);
      return [code, cli.errors.items[0]];
    };
    expect(await result()).toEqual([2, expect.stringMatching(/^zk-recipes: which url\? Usage: /)]);
    expect(await result(`sftp://user:${SECRET}@host/a`)).toEqual([2, expect.stringContaining('no poller for sftp:')]);
    expect(await result(`zk://user:${SECRET}@host/a`)).toEqual([2, expect.stringContaining('no URL of a znode')]);
    expect(await result(inbox, '--interval', '0')).toEqual([2, expect.stringContaining('--interval')]);
    expect(await result(join(inbox, 'none'))).toEqual([1, expect.stringContaining('there is none')]);
    await writeFile(file, 'no checkpoint');
    expect(await result(inbox, '--checkpoint', file)).toEqual([1, expect.stringContaining('is of no use')]);
    expect(String(await readFile(file))).toBe('no checkpoint');
  });
});
