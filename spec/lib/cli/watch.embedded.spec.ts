import { describe, expect, it } from 'vitest';
import { eventually } from '../../../testing/eventually.js';
import { fourLetterWord } from '../../../testing/four-letter-word.js';
import { CliStage } from './cli-stage.js';

const BINARY = Buffer.from([0xff, 0x00, 0x80]);

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** A line that a state, or a missing znode, is told in. */
function told(what: string): unknown {
  return expect.stringMatching(new RegExp(`^zk-recipes: \\S+Z ${what}$`));
}

describe('zk-recipes watch data', () => {
  it('prints the data, and again at each change; stdout has nothing else', async () => {
    await using stage = await CliStage.open();
    await stage.client.create('/config', 'a');
    const cli = await stage.run(['watch', 'data', '/config']);
    await cli.lines.untilCount(1);
    await stage.client.setData('/config', 'b');
    await cli.lines.untilCount(2);
    expect(cli.output.toString()).toBe('a\nb\n');
    expect(cli.errors.items).toEqual([told('connecting'), told('connected')]);
  });

  it('prints the very bytes', async () => {
    await using stage = await CliStage.open();
    await stage.client.create('/config', BINARY);
    const cli = await stage.run(['watch', 'data', '/config', '--once']);
    await cli.ended;
    expect(cli.output).toEqual(Buffer.concat([BINARY, Buffer.from('\n')]));
  });

  it('says on stderr that there is no znode, and goes on', async () => {
    await using stage = await CliStage.open();
    const cli = await stage.run(['watch', 'data', '/config']);
    const missing = told('there is no znode /config');
    await cli.errors.untilCount(3);
    await stage.client.create('/config', 'a');
    await cli.lines.untilCount(1);
    await stage.client.delete('/config');
    await cli.errors.untilCount(4);
    expect(cli.errors.items).toEqual([told('connecting'), told('connected'), missing, missing]);
    expect(cli.output.toString()).toBe('a\n');
  });

  it('prints with --json an object a line', async () => {
    await using stage = await CliStage.open();
    const cli = await stage.run(['watch', 'data', '/config', '--json']);
    await cli.lines.untilCount(1);
    await stage.client.create('/config', 'two\nlines');
    await cli.lines.untilCount(2);
    const { version } = await stage.client.setData('/config', BINARY);
    await cli.lines.untilCount(3);
    await stage.client.delete('/config');
    await cli.lines.untilCount(4);
    const common = { type: 'data', time: TIME, path: '/config' };
    const stat = expect.objectContaining({ version, czxid: expect.stringMatching(/^\d+$/), dataLength: 3 });
    expect(cli.objects).toEqual([
      { ...common, event: null, data: null, encoding: null, stat: null },
      { ...common, event: 'NodeCreated', data: 'two\nlines', encoding: 'utf8', stat: expect.anything() },
      { ...common, event: 'NodeDataChanged', data: BINARY.toString('base64'), encoding: 'base64', stat },
      { ...common, event: 'NodeDeleted', data: null, encoding: null, stat: null },
    ]);
    expect(cli.errors.items).toEqual([told('connecting'), told('connected')]);
  });

  it('goes on in a new session, and tells of the states on the way', async () => {
    await using stage = await CliStage.open();
    await stage.client.create('/config', 'a');
    const cli = await stage.run(['watch', 'data', '/config', '--json']);
    await cli.lines.untilCount(1);
    stage.server.expireSession(await stage.session());
    await cli.errors.until(() => cli.states.filter((state) => state === 'connected').length === 2);
    await stage.client.setData('/config', 'b');
    await cli.lines.untilCount(2);
    expect(cli.states).toEqual(['connecting', 'connected', 'suspended', 'lost', 'connected']);
    expect(cli.objects.map(({ data }) => data)).toEqual(['a', 'b']);
  });

  it('goes on over a lost connection', async () => {
    await using stage = await CliStage.open();
    await stage.client.create('/config', 'a');
    const cli = await stage.run(['watch', 'data', '/config']);
    await cli.lines.untilCount(1);
    stage.server.dropConnections();
    await stage.client.retry(() => stage.client.setData('/config', 'b'));
    await cli.lines.until((lines) => lines.at(-1) === 'b');
    expect(cli.states).toEqual(['connecting', 'connected', 'suspended', 'connected']);
  });

  it('prints at the pace of its reader: what changes meanwhile is coalesced', async () => {
    await using stage = await CliStage.open();
    const large = 'x'.repeat(1_000_000);
    await stage.client.create('/config', large);
    const isWatched = async () => (await fourLetterWord(stage.server.port, 'wchp')).includes('/config');
    const cli = await stage.run(['watch', 'data', '/config'], { isRead: false });
    await eventually(isWatched);
    for (const data of ['1', '2', '3', '4', '5']) {
      await stage.client.setData('/config', data);
      await eventually(isWatched);
    }
    cli.read();
    const lines = await cli.lines.until((all) => all.at(-1) === '5');
    expect(lines[0] === large).toBe(true);
    // The last read may not have been answered yet.
    expect(lines.length).toBeLessThanOrEqual(3);
  });

  it('ends with exit code 1 when it may not read', async () => {
    await using stage = await CliStage.open();
    await stage.client.create('/closed', '', { acl: [{ perms: 0, scheme: 'world', id: 'anyone' }] });
    const { code, output, errors } = await stage.result(['watch', 'data', '/closed']);
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toEqual([told('connecting'), told('connected'), expect.stringContaining('NO_AUTH')]);
  });

  it('says when it may not read any more, and goes on', async () => {
    await using stage = await CliStage.open();
    await stage.client.create('/config', 'a');
    const cli = await stage.run(['watch', 'data', '/config']);
    await cli.lines.untilCount(1);
    // A server does not tell of a change that may not be read, but of a deletion it does.
    const replacement = { acl: [{ perms: 30, scheme: 'world', id: 'anyone' }] };
    await stage.client.transaction().delete('/config').create('/config', 'b', replacement).commit();
    await cli.errors.until((lines) => lines.some((line) => line.includes('NO_AUTH')));
    await stage.client.setAcl('/config', [{ perms: 31, scheme: 'world', id: 'anyone' }]);
    await cli.lines.untilCount(2);
    expect(cli.output.toString()).toBe('a\nb\n');
  });
});

describe('zk-recipes watch children', () => {
  it('prints the sorted names in a line, and again at each change', async () => {
    await using stage = await CliStage.open();
    for (const path of ['/w', '/w/b', '/w/a']) await stage.client.create(path);
    const cli = await stage.run(['watch', 'children', '/w']);
    await cli.lines.untilCount(1);
    await stage.client.delete('/w/b');
    await cli.lines.untilCount(2);
    await stage.client.delete('/w/a');
    await cli.lines.untilCount(3);
    expect(cli.output.toString()).toBe('a b\na\n\n');
  });

  it('prints with --json an object a line, null while there is no znode', async () => {
    await using stage = await CliStage.open();
    const cli = await stage.run(['watch', 'children', '/w', '--json']);
    await cli.lines.untilCount(1);
    await stage.client.create('/w');
    await cli.lines.untilCount(2);
    await stage.client.create('/w/a b');
    await cli.lines.untilCount(3);
    await stage.client.delete('/w/a b');
    await cli.lines.untilCount(4);
    const common = { type: 'children', time: TIME, path: '/w', added: [], removed: [] };
    expect(cli.objects).toEqual([
      { ...common, event: null, children: null },
      { ...common, event: 'NodeCreated', children: [] },
      { ...common, event: 'NodeChildrenChanged', children: ['a b'], added: ['a b'] },
      { ...common, event: 'NodeChildrenChanged', children: [], removed: ['a b'] },
    ]);
  });

  it('says on stderr that there is no znode', async () => {
    await using stage = await CliStage.open();
    const { code, output, errors } = await stage.result(['watch', 'children', '/w', '--once']);
    expect({ code, output }).toEqual({ code: 0, output: '' });
    expect(errors).toEqual([told('connecting'), told('connected'), told('there is no znode /w')]);
  });
});

describe('zk-recipes watch settled', () => {
  it('prints the names once they have settled, and again after each change', async () => {
    await using stage = await CliStage.open();
    await stage.client.create('/w/a', '', { makePath: true });
    const cli = await stage.run(['watch', 'settled', '/w', '--boundary', '50', '--json']);
    await cli.lines.untilCount(1);
    await stage.client.create('/w/b');
    await cli.lines.untilCount(2);
    const common = { type: 'settled', time: TIME, path: '/w' };
    expect(cli.objects).toEqual([
      { ...common, event: null, children: ['a'] },
      { ...common, event: 'NodeChildrenChanged', children: ['a', 'b'] },
    ]);
  });

  it('waits 30 seconds unless told otherwise', async () => {
    await using stage = await CliStage.open();
    const before = `
      const set = globalThis.setTimeout;
      globalThis.setTimeout = (f, ms, ...args) => {
        if (ms === 30_000) console.log('waits');
        return set(f, ms, ...args);
      };`;
    const cli = await stage.run(['watch', 'settled', '/'], { before });
    expect(await cli.lines.untilCount(1)).toEqual(['waits']);
  });

  it('ends with exit code 3 when there is no znode, or no more', async () => {
    await using stage = await CliStage.open();
    const args = ['watch', 'settled', '/w', '--boundary', '1'];
    expect(await stage.result(args)).toMatchObject({ code: 3, output: '' });
    await stage.client.create('/w');
    const cli = await stage.run(args);
    await cli.lines.untilCount(1);
    await stage.client.delete('/w');
    expect(await cli.ended).toEqual({ code: 3, signal: null });
    expect(cli.errors.last).toBe('zk-recipes: there is no znode /w to watch');
  });
});

describe('zk-recipes watch ends, with exit code 0,', () => {
  it.each(['data', 'children', 'settled'])('after the first call with --once: %s', async (kind) => {
    await using stage = await CliStage.open();
    const boundary = kind === 'settled' ? ['--boundary', '1'] : [];
    const { code, output } = await stage.result(['watch', kind, '/zookeeper', '--once', '--json', ...boundary]);
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ type: kind, path: '/zookeeper' });
    expect(await stage.sessions()).toEqual([]);
  });

  it('after so many calls with --count', async () => {
    await using stage = await CliStage.open();
    await stage.client.create('/config', '1');
    const cli = await stage.run(['watch', 'data', '/config', '--count', '3']);
    for (const data of ['2', '3']) {
      await cli.lines.untilCount(Number(data) - 1);
      await stage.client.setData('/config', data);
    }
    expect(await cli.ended).toEqual({ code: 0, signal: null });
    expect(cli.lines.items).toEqual(['1', '2', '3']);
    expect(await stage.sessions()).toEqual([]);
  });
});
