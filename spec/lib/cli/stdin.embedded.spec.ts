import { closeSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { CliFixture } from './cli-fixture.js';

/** Commands that read stdin. */
const READERS = [
  ['set', '/config', '-'],
  ['create', '/made', '-'],
  ['blob', 'put', 'made', '-'],
  ['multi'],
  ['load'],
  ['load', '--overwrite', '/config'],
];

describe.each(READERS)('zk-recipes %s %s %s', (...args) => {
  const words = args.filter((word) => word !== undefined);

  it.each([
    ['is a directory', tmpdir(), 'r', /stdin cannot be read \(it is a directory or a device\)/],
    ['cannot be read', '/dev/null', 'w', /stdin cannot be read \(EBADF\)/],
  ] as const)('fails, and writes nothing, when stdin %s', async (_what, path, flags, message) => {
    await using fixture = await CliFixture.open();
    await fixture.client.create('/config', 'kept');
    const stdin = openSync(path, flags);
    const { code, output, errors } = await fixture.result(words, { stdin }).finally(() => closeSync(stdin));
    expect({ code, output, errors }).toEqual({ code: 1, output: '', errors: [expect.stringMatching(message)] });
    expect(String((await fixture.client.getData('/config')).data)).toBe('kept');
    expect(await fixture.client.exists('/made')).toBeNull();
    expect(await fixture.client.exists('/blobs/m/made')).toBeNull();
  });
});

describe('lines of stdin', () => {
  it.each([['multi'], ['load']])('of %s that are wrong end it while their writer goes on', async (command) => {
    await using fixture = await CliFixture.open();
    const cli = await fixture.run([command], { input: 'wrong\n', isInputOpen: true });
    expect(await cli.ended).toEqual({ code: 2, signal: null });
    expect(cli.errors.last).toContain('line 1 of stdin is not an object of JSON');
  });

  it.each([['multi'], ['load']])('of %s may have the line separators of Unicode in a text', async (command) => {
    await using fixture = await CliFixture.open();
    const data = 'a\u2028b\u2029c\u0085d\re';
    // The readline of Node 24 ends lines at the first two.
    const input = `${JSON.stringify({ ...(command === 'multi' && { op: 'create' }), path: '/made', data })}\r\n`;
    expect(await fixture.result([command], { input })).toMatchObject({ code: 0 });
    expect(String((await fixture.client.getData('/made')).data)).toBe(data);
  });

  it.each([
    ['multi', '\xff', 'it is not UTF-8'],
    ['load', '\xff', 'it is not UTF-8'],
    ['multi', '\\ud800', 'data has half of a surrogate pair'],
    ['load', '\\ud800', 'data has half of a surrogate pair'],
  ])('of %s that are no text, as %j, are refused, and not altered', async (command, data, message) => {
    await using fixture = await CliFixture.open();
    const line = `\n{"op":"create","path":"/made","data":"${data}"}\n`;
    const { code, errors } = await fixture.result([command], { input: Buffer.from(line, 'latin1') });
    expect({ code, errors }).toEqual({ code: 2, errors: [expect.stringContaining(`line 2 of stdin: ${message}`)] });
    expect(await fixture.client.exists('/made')).toBeNull();
  });
});

describe.each([['set', '/config', '-'], ['create', '/made', '-'], ['multi'], ['load'], ['blob', 'put', 'made', '-']])(
  'zk-recipes %s %s %s, whose stdin has no end',
  (...args) => {
    const words = args.filter((word) => word !== undefined);

    it('ends with exit code 4 after --timeout', async () => {
      await using fixture = await CliFixture.open();
      const cli = await fixture.run([...words, '--timeout', '1000'], { isInputOpen: true });
      expect(await cli.ended).toEqual({ code: 4, signal: null });
      expect(cli.errors.items).toEqual(['zk-recipes: 1000 ms have passed (--timeout)']);
    });
  },
);
