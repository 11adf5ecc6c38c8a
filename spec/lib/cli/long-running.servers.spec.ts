import { describe, expect } from 'vitest';
import { it, objectsIn } from './server-command.js';

const TIME = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z';

/** The lines about calls on stderr, without their times. */
function callsIn(errors: readonly string[]): string[] {
  const calls = errors.flatMap((line) => new RegExp(`^zk-recipes: ${TIME} (.* .*)$`).exec(line)?.[1] ?? []);
  return calls.filter((line) => !/^\w+$/.test(line));
}

describe('zk-recipes watch', () => {
  it('reports each call on stderr: time, event, path and version', async ({ client, start }) => {
    await client.create('/a', '1');
    const cli = await start(['watch', 'data', '/a']);
    await cli.lines.untilCount(1);
    await client.setData('/a', '2');
    await cli.lines.untilCount(2);
    await client.delete('/a');
    await cli.errors.until((lines) => lines.some((line) => line.includes('no znode')));
    expect(callsIn(cli.errors.items)).toEqual([
      'initial /a version 0',
      'NodeDataChanged /a version 1',
      'there is no znode /a (NodeDeleted)',
    ]);
    expect(cli.output.toString()).toBe('1\n2\n');
  });

  it('follows several paths at once, each with a heading, until each was called often enough', async ({
    client,
    start,
  }) => {
    for (const path of ['/a', '/b']) await client.create(path, path);
    const cli = await start(['watch', 'data', '/a', '/b', '-n', '2']);
    await cli.lines.untilCount(4);
    for (const path of ['/a', '/b']) await client.setData(path, 'new');
    expect(await cli.ended).toEqual({ code: 0, signal: null });
    const pairs = Array.from({ length: 4 }, (_, index) => cli.lines.items.slice(2 * index, 2 * index + 2).join(' '));
    expect(pairs.sort()).toEqual(['==> /a <== /a', '==> /a <== new', '==> /b <== /b', '==> /b <== new']);
  });

  it('prints with --prev the value before beside the new one', async ({ client, start }) => {
    await client.create('/a', '1');
    const [plain, json] = [await start(['watch', 'data', '/a', '-pq']), await start(['watch', 'data', '/a', '-pj'])];
    await plain.lines.untilCount(1);
    await json.lines.untilCount(1);
    await client.setData('/a', '2\n3');
    await plain.lines.untilCount(4);
    await json.lines.untilCount(2);
    expect(plain.lines.items).toEqual(['+ 1', '- 1', '+ 2', '+ 3']);
    expect(plain.errors.items).toEqual([]);
    expect(json.objects).toMatchObject([
      { previous: null },
      { data: '2\n3', previous: { data: '1', encoding: 'utf8', stat: { version: 0 } } },
    ]);
  });

  it('prints with --prev the names that have come and gone', async ({ client, start }) => {
    await client.create('/a/b', '', { makePath: true });
    const cli = await start(['watch', 'children', '/a', '--prev']);
    await cli.lines.untilCount(1);
    await client.transaction().delete('/a/b').create('/a/c').commit();
    expect(await cli.lines.untilCount(3)).toEqual(['+ b', '- b', '+ c']);
  });

  it('prints with --prev the znode before each change of a tree', async ({ client, start }) => {
    await client.create('/a', '1');
    const cli = await start(['watch', 'tree', '/a', '-pj']);
    await cli.lines.untilCount(1);
    await client.setData('/a', '2');
    await cli.lines.untilCount(2);
    expect(cli.objects).toMatchObject([
      { previous: null },
      { data: '2', previous: { data: '1', stat: { version: 0 } } },
    ]);
  });

  it('prints with --states the states on stdout, as objects, and not on stderr', async ({ client, start }) => {
    await client.create('/a', '1');
    const cli = await start(['watch', 'data', '/a', '--json', '--states', '--once']);
    expect(await cli.ended).toEqual({ code: 0, signal: null });
    expect(cli.errors.items).toEqual([]);
    const time = expect.stringMatching(`^${TIME}$`);
    const session = expect.stringMatching(/^0x[\da-f]+$/);
    expect(cli.objects).toEqual([
      { type: 'state', time, state: 'connecting', server: null, session: null, cause: null },
      { type: 'state', time, state: 'connected', server: expect.stringMatching(/^127/), session, cause: null },
      expect.objectContaining({ type: 'data', path: '/a', data: '1' }),
    ]);
  });

  it('fails for all when one path of settled is missing', async ({ client, run }) => {
    await client.create('/a');
    const { code, errors } = await run(['watch', 'settled', '-b', '1', '/a', '/none']);
    expect({ code, last: errors.at(-1) }).toMatchObject({ code: 3, last: expect.stringContaining('/none') });
  });
});

describe('zk-recipes subscribe', () => {
  it('prints with --prev the znode before the change', async ({ client, start }) => {
    await client.create('/a', '1');
    const cli = await start(['subscribe', '/a', '-pj1']);
    await cli.errors.until((lines) => lines.some((line) => line.includes('subscribed')));
    await client.setData('/a', '2');
    expect(await cli.ended).toEqual({ code: 0, signal: null });
    expect(objectsIn(cli.output.toString())).toMatchObject([{ data: '2', previous: { data: '1' } }]);
  });
});

describe('zk-recipes create', () => {
  it('creates an ephemeral sequential znode that lives as long as the command', async ({ client, start }) => {
    const cli = await start(['create', '-es', '/w-']);
    expect(await cli.lines.untilCount(1)).toEqual(['/w-0000000000']);
    expect(await client.exists('/w-0000000000')).not.toBe(null);
    cli.kill('SIGTERM');
    expect(await cli.ended).toEqual({ code: 143, signal: null });
    expect((await client.getChildren('/')).children).toEqual([]);
  });
});
