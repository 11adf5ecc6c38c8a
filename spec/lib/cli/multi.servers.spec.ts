import { describe, expect } from 'vitest';
import { it, objectsIn } from './server-command.js';

function lines(...operations: object[]): string {
  return operations.map((operation) => `${JSON.stringify(operation)}\n`).join('');
}

describe('zk-recipes multi', () => {
  it('does all operations, and prints the paths created', async ({ client, run }) => {
    for (const path of ['/a', '/b', '/old']) await client.create(path);
    const input = lines(
      { op: 'check', path: '/a', version: 0 },
      { op: 'set', path: '/b', data: '/wA=', encoding: 'base64' },
      { op: 'create', path: '/job-', data: 'x', mode: 'persistent-sequential' },
      { op: 'create', path: '/mine', acl: [{ perms: 1, scheme: 'world', id: 'anyone' }] },
      { op: 'delete', path: '/old', version: 0 },
    );
    const { code, output } = await run(['multi'], input);
    expect({ code, output }).toEqual({ code: 0, output: '/job-0000000003\n/mine\n' });
    expect((await client.getData('/b')).data).toEqual(Buffer.from([0xff, 0x00]));
    expect((await client.getAcl('/mine')).acl[0]?.perms).toBe(1);
    expect(await client.exists('/old')).toBe(null);
  });

  it('does none when one fails, and names it', async ({ client, run }) => {
    await client.create('/a', 'old');
    const input = lines({ op: 'set', path: '/a', data: 'new' }, { op: 'check', path: '/a', version: 7 });
    const { code, output, errors } = await run(['multi'], input);
    expect({ code, output }).toEqual({ code: 5, output: '' });
    expect(errors).toEqual([
      expect.stringMatching(/operation 2 of 2: .*\/a.*BAD_VERSION|BAD_VERSION.*operation 2 of 2/),
    ]);
    expect(String((await client.getData('/a')).data)).toBe('old');
    expect(await run(['multi'], lines({ op: 'delete', path: '/none' }))).toMatchObject({ code: 3 });
  });

  it('prints with --json an object per operation', async ({ client, run }) => {
    await client.create('/a');
    const input = lines(
      { op: 'check', path: '/a', version: -1 },
      { op: 'set', path: '/a', data: 'x' },
      { op: 'create', path: '/b' },
      { op: 'delete', path: '/b' },
    );
    expect(objectsIn((await run(['multi', '-j'], input)).output)).toEqual([
      { op: 'check', path: '/a' },
      { op: 'set', path: '/a', stat: expect.objectContaining({ version: 1 }) },
      { op: 'create', path: '/b' },
      { op: 'delete', path: '/b' },
    ]);
  });
});
