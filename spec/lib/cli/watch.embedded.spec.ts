import { describe, expect, it } from 'vitest';
import { DEADLINE } from '../../../lib/core/limits.js';
import { eventually } from '../../../testing/eventually.js';
import { fourLetterWord } from '../../../testing/four-letter-word.js';
import { CliFixture } from './cli-fixture.js';

const BINARY = Buffer.from([0xff, 0x00, 0x80]);

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** Matches a line on stderr with a time, which reports a state or a missing znode. */
function timed(text: string): unknown {
  return expect.stringMatching(new RegExp(`^zk-recipes: \\S+Z ${text}$`));
}

describe('zk-recipes watch data', () => {
  it('prints the data, and again at each change, and nothing else on stdout', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', 'a');
    const cli = await fixture.run(['watch', 'data', '/config']);
    await cli.lines.untilCount(1);
    await fixture.client.setData('/config', 'b');
    await cli.lines.untilCount(2);
    expect(cli.output.toString()).toBe('a\nb\n');
    const calls = [timed('initial /config version 0'), timed('NodeDataChanged /config version 1')];
    expect(cli.errors.items).toEqual([timed('connecting'), timed('connected'), ...calls]);
  });

  it('prints the exact bytes', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', BINARY);
    const cli = await fixture.run(['watch', 'data', '/config', '--once']);
    await cli.ended;
    expect(cli.output).toEqual(Buffer.concat([BINARY, Buffer.from('\n')]));
  });

  it('reports on stderr that there is no znode, and goes on', async () => {
    await using fixture = await CliFixture.open();
    const cli = await fixture.run(['watch', 'data', '/config']);
    await cli.errors.untilCount(3);
    await fixture.client.create('/config', 'a');
    await cli.lines.untilCount(1);
    await fixture.client.delete('/config');
    await cli.errors.untilCount(5);
    expect(cli.errors.items).toEqual([
      timed('connecting'),
      timed('connected'),
      timed('there is no znode /config'),
      timed('NodeCreated /config version 0'),
      timed('there is no znode /config \\(NodeDeleted\\)'),
    ]);
    expect(cli.output.toString()).toBe('a\n');
  });

  it('prints with --json one object per line', async () => {
    await using fixture = await CliFixture.open();
    const cli = await fixture.run(['watch', 'data', '/config', '--json']);
    await cli.lines.untilCount(1);
    await fixture.client.create('/config', 'two\nlines');
    await cli.lines.untilCount(2);
    const { version } = await fixture.client.setData('/config', BINARY);
    await cli.lines.untilCount(3);
    await fixture.client.delete('/config');
    await cli.lines.untilCount(4);
    const common = { type: 'data', time: TIME, path: '/config' };
    const stat = expect.objectContaining({ version, czxid: expect.stringMatching(/^\d+$/), dataLength: 3 });
    expect(cli.objects).toEqual([
      { ...common, event: null, data: null, encoding: null, stat: null },
      { ...common, event: 'NodeCreated', data: 'two\nlines', encoding: 'utf8', stat: expect.anything() },
      { ...common, event: 'NodeDataChanged', data: BINARY.toString('base64'), encoding: 'base64', stat },
      { ...common, event: 'NodeDeleted', data: null, encoding: null, stat: null },
    ]);
    expect(cli.errors.items).toEqual([timed('connecting'), timed('connected')]);
  });

  it('goes on in a new session, and prints the states meanwhile', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', 'a');
    const cli = await fixture.run(['watch', 'data', '/config', '--json']);
    await cli.lines.untilCount(1);
    fixture.server.expireSession(await fixture.session());
    await cli.errors.until(() => cli.states.filter((state) => state === 'connected').length === 2);
    await fixture.client.setData('/config', 'b');
    await cli.lines.untilCount(2);
    expect(cli.states).toEqual(['connecting', 'connected', 'suspended', 'lost', 'connected']);
    expect(cli.objects.map(({ data }) => data)).toEqual(['a', 'b']);
  });

  it('goes on over a lost connection', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', 'a');
    const cli = await fixture.run(['watch', 'data', '/config']);
    await cli.lines.untilCount(1);
    fixture.server.dropConnections();
    await fixture.client.retry(() => fixture.client.setData('/config', 'b'));
    await cli.lines.until((lines) => lines.at(-1) === 'b');
    expect(cli.states).toEqual(['connecting', 'connected', 'suspended', 'connected']);
  });

  it('waits for its reader, and coalesces the changes meanwhile', async () => {
    await using fixture = await CliFixture.open();
    const large = 'x'.repeat(1_000_000);
    await fixture.client.create('/config', large);
    const isWatched = async () => (await fourLetterWord(fixture.server.port, 'wchp')).includes('/config');
    const cli = await fixture.run(['watch', 'data', '/config'], { isRead: false });
    await eventually(isWatched);
    // While the call waits for its reader, nothing is read, and so the watch is not armed again.
    for (const data of ['1', '2', '3', '4', '5']) await fixture.client.setData('/config', data);
    cli.read();
    const lines = await cli.lines.until((all) => all.at(-1) === '5');
    expect(lines[0] === large).toBe(true);
    // One more read may have been under way.
    expect(lines.length).toBeLessThanOrEqual(3);
  });

  it('ends with exit code 1 when it may not read', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/closed', '', { acl: [{ perms: 0, scheme: 'world', id: 'anyone' }] });
    const { code, output, errors } = await fixture.result(['watch', 'data', '/closed']);
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toEqual([timed('connecting'), timed('connected'), expect.stringContaining('NO_AUTH')]);
  });

  it('reports that it may no longer read, and goes on', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', 'a');
    const cli = await fixture.run(['watch', 'data', '/config']);
    await cli.lines.untilCount(1);
    // A server sends no event for a change that the client may not read, but it does for a deletion.
    const replacement = { acl: [{ perms: 30, scheme: 'world', id: 'anyone' }] };
    await fixture.client.transaction().delete('/config').create('/config', 'b', replacement).commit();
    await cli.errors.until((lines) => lines.some((line) => line.includes('NO_AUTH')));
    await fixture.client.setAcl('/config', [{ perms: 31, scheme: 'world', id: 'anyone' }]);
    await cli.lines.untilCount(2);
    expect(cli.output.toString()).toBe('a\nb\n');
  });
});

describe('zk-recipes watch children', () => {
  it('prints the sorted names in one line, and again at each change', async () => {
    await using fixture = await CliFixture.open();
    for (const path of ['/w', '/w/b', '/w/a']) await fixture.client.create(path);
    const cli = await fixture.run(['watch', 'children', '/w']);
    await cli.lines.untilCount(1);
    await fixture.client.delete('/w/b');
    await cli.lines.untilCount(2);
    await fixture.client.delete('/w/a');
    await cli.lines.untilCount(3);
    expect(cli.output.toString()).toBe('a b\na\n\n');
  });

  it('prints with --json one object per line, with null while there is no znode', async () => {
    await using fixture = await CliFixture.open();
    const cli = await fixture.run(['watch', 'children', '/w', '--json']);
    await cli.lines.untilCount(1);
    await fixture.client.create('/w');
    await cli.lines.untilCount(2);
    await fixture.client.create('/w/a b');
    await cli.lines.untilCount(3);
    await fixture.client.delete('/w/a b');
    await cli.lines.untilCount(4);
    const common = { type: 'children', time: TIME, path: '/w', added: [], removed: [] };
    expect(cli.objects).toEqual([
      { ...common, event: null, children: null },
      { ...common, event: 'NodeCreated', children: [] },
      { ...common, event: 'NodeChildrenChanged', children: ['a b'], added: ['a b'] },
      { ...common, event: 'NodeChildrenChanged', children: [], removed: ['a b'] },
    ]);
  });

  it('reports on stderr that there is no znode', async () => {
    await using fixture = await CliFixture.open();
    const { code, output, errors } = await fixture.result(['watch', 'children', '/w', '--once']);
    expect({ code, output }).toEqual({ code: 0, output: '' });
    expect(errors).toEqual([timed('connecting'), timed('connected'), timed('there is no znode /w')]);
  });
});

describe('zk-recipes watch settled', () => {
  it('prints the names once they have settled, and again after each change', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/w/a', '', { makePath: true });
    const cli = await fixture.run(['watch', 'settled', '/w', '--boundary', '50', '--json']);
    await cli.lines.untilCount(1);
    await fixture.client.create('/w/b');
    await cli.lines.untilCount(2);
    const common = { type: 'settled', time: TIME, path: '/w' };
    expect(cli.objects).toEqual([
      { ...common, event: null, children: ['a'] },
      { ...common, event: 'NodeChildrenChanged', children: ['a', 'b'] },
    ]);
  });

  it('waits 30 seconds by default', async () => {
    await using fixture = await CliFixture.open();
    const before = `
      const set = globalThis.setTimeout;
      globalThis.setTimeout = (f, ms, ...args) => {
        if (ms === ${30_000 / DEADLINE.slices}) console.log('waits');
        return set(f, ms, ...args);
      };`;
    const cli = await fixture.run(['watch', 'settled', '/'], { before });
    expect(await cli.lines.untilCount(1)).toEqual(['waits']);
  });

  it('ends with exit code 3 when there is no znode, and when it is deleted', async () => {
    await using fixture = await CliFixture.open();
    const args = ['watch', 'settled', '/w', '--boundary', '1'];
    expect(await fixture.result(args)).toMatchObject({ code: 3, output: '' });
    await fixture.client.create('/w');
    const cli = await fixture.run(args);
    await cli.lines.untilCount(1);
    await fixture.client.delete('/w');
    expect(await cli.ended).toEqual({ code: 3, signal: null });
    expect(cli.errors.last).toBe('zk-recipes: there is no znode /w to watch');
  });
});

describe('zk-recipes watch ends, with exit code 0,', () => {
  it.each(['data', 'children', 'settled'])('after the first call with --once: %s', async (aspect) => {
    await using fixture = await CliFixture.open();
    const boundary = aspect === 'settled' ? ['--boundary', '1'] : [];
    const { code, output } = await fixture.result(['watch', aspect, '/zookeeper', '--once', '--json', ...boundary]);
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ type: aspect, path: '/zookeeper' });
    expect(await fixture.sessions()).toEqual([]);
  });

  it('after n calls with --count n', async () => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', '1');
    const cli = await fixture.run(['watch', 'data', '/config', '--count', '3']);
    for (const data of ['2', '3']) {
      await cli.lines.untilCount(Number(data) - 1);
      await fixture.client.setData('/config', data);
    }
    expect(await cli.ended).toEqual({ code: 0, signal: null });
    expect(cli.lines.items).toEqual(['1', '2', '3']);
    expect(await fixture.sessions()).toEqual([]);
  });
});
