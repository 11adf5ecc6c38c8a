import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidArgumentError, InvalidPathError, type ZooKeeperError } from '../../../lib/core/errors.js';
import type { ZooKeeperClient } from '../../../lib/zookeeper/client.js';
import { type FakeConnection, makeFakeClient } from '../../../testing/fake-connector.js';
import { badPolicies } from '../../support/bad-policies.js';

type Call = (client: ZooKeeperClient, value: never) => unknown;

/** Returns the error that the call throws or rejects with. */
async function failureOf(call: () => unknown): Promise<ZooKeeperError> {
  try {
    await call();
  } catch (error) {
    return error as ZooKeeperError;
  }
  throw new Error('the call succeeded');
}

describe('a connected client', () => {
  let client: ZooKeeperClient;
  let connection: FakeConnection;

  beforeEach(async () => {
    const { client: created, network } = makeFakeClient();
    client = created;
    network.onConnection = (each) => each.open();
    await client.connect();
    connection = network.last;
  });

  afterEach(async () => {
    const closing = client.close();
    connection.named('closeSession')[0]?.answer();
    await closing;
  });

  const callsWithPath: Record<string, Call> = {
    exists: (c, path) => c.exists(path),
    getData: (c, path) => c.getData(path),
    getChildren: (c, path) => c.getChildren(path),
    create: (c, path) => c.create(path),
    setData: (c, path) => c.setData(path, ''),
    delete: (c, path) => c.delete(path),
    getAcl: (c, path) => c.getAcl(path),
    setAcl: (c, path) => c.setAcl(path, [{ perms: 31, scheme: 'world', id: 'anyone' }]),
    sync: (c, path) => c.sync(path),
    removeWatcher: (c, path) => c.removeWatcher(path, () => {}),
    deleteRecursive: (c, path) => c.deleteRecursive(path),
    ensurePath: (c, path) => c.ensurePath(path),
    'create with makePath': (c, path) => c.create(path, '', { makePath: true }),
    'transaction().create': (c, path) => c.transaction().create(path),
    'transaction().setData': (c, path) => c.transaction().setData(path, ''),
    'transaction().delete': (c, path) => c.transaction().delete(path),
    'transaction().check': (c, path) => c.transaction().check(path, 0),
  };
  const badPaths: unknown[] = [
    ...[
      '',
      'a',
      'a/b',
      './a',
      '//',
      '//a',
      '/a//b',
      '/a/',
      '/.',
      '/a/.',
      '/a/./b',
      '/..',
      '/a/../b',
      '/a\0',
      '/\u0001',
    ],
    ...['/\u0085', '/\ud900', '/\ue000', '/\ufff5', ' /a', undefined, null, 7, {}, ['/a'], Buffer.from('/a')],
  ];

  for (const [name, call] of Object.entries(callsWithPath)) {
    it(`refuses a bad path in ${name}, names it in the error and sends nothing`, async () => {
      for (const path of badPaths) {
        const error = await failureOf(() => call(client, path as never));
        expect(error).toBeInstanceOf(InvalidPathError);
        expect(error.code).toBe('INVALID_PATH');
        if (typeof path === 'string') {
          expect(error.message).toContain(JSON.stringify(path));
          expect(error.path).toBe(path);
        } else {
          expect(error.path).toBeUndefined();
        }
      }
      expect(connection.requests.items).toEqual([]);
    });
  }

  const badArguments: Record<string, [Call, [value: unknown, shown: string][]]> = {
    'the data of create()': [(c, v) => c.create('/a', v), badData()],
    'the data of setData()': [(c, v) => c.setData('/a', v), [...badData(), [undefined, 'undefined']]],
    'the data of transaction().setData()': [(c, v) => c.transaction().setData('/a', v), badData()],
    'the version of setData()': [(c, v) => c.setData('/a', '', v), badVersions()],
    'the version of delete()': [(c, v) => c.delete('/a', v), badVersions()],
    'the version of setAcl()': [
      (c, v) => c.setAcl('/a', [{ perms: 1, scheme: 'world', id: 'anyone' }], v),
      badVersions(),
    ],
    'the version of transaction().delete()': [(c, v) => c.transaction().delete('/a', v), badVersions()],
    'the ACL of setAcl()': [(c, v) => c.setAcl('/a', v), badAcls()],
    'the ACL of create()': [(c, v) => c.create('/a', '', { acl: v }), badAcls().filter(([v]) => v !== undefined)],
    'the mode of create()': [
      (c, v) => c.create('/a', '', { mode: v }),
      [
        ['odd', 'a string of length 3'],
        ['ephemral', '"ephemral"'],
        ['PERSISTENT', '"PERSISTENT"'],
        [0, 'a number'],
        [null, 'null'],
      ],
    ],
    'makePath of create()': [
      (c, v) => c.create('/a', '', { makePath: v }),
      [
        [1, '1'],
        ['yes', 'a string of length 3'],
        [null, 'null'],
      ],
    ],
    'the options of create()': [
      (c, v) => c.create('/a', '', v),
      [
        [{ ephemeral: true }, 'has "ephemeral"'],
        [{ 'user:pass': true }, 'has another key'],
        ['ephemeral', 'a string of length 9'],
        [null, 'null'],
        [[], 'an empty array'],
      ],
    ],
    'the watcher of exists()': [(c, v) => c.exists('/a', v), badFunctions()],
    'the watcher of getData()': [(c, v) => c.getData('/a', v), badFunctions()],
    'the watcher of getChildren()': [(c, v) => c.getChildren('/a', v), badFunctions()],
    'the watcher of removeWatcher()': [(c, v) => c.removeWatcher('/a', v), badFunctions()],
    'the operation of retry()': [(c, v) => c.retry(v), badFunctions()],
    'the policy of retry()': [(c, v) => c.retry(async () => {}, v), badPolicies()],
    'the options of connect()': [(c, v) => c.connect(v), badConnectOptions()],
    'the scheme of addAuth()': [(c, v) => c.addAuth(v, 'x'), badSchemes()],
    'the credentials of addAuth()': [
      (c, v) => c.addAuth('digest', v),
      [
        [7, 'a number'],
        [Buffer.from('secret'), 'a Buffer or Uint8Array'],
        [null, 'null'],
      ],
    ],
  };

  for (const [name, [call, cases]] of Object.entries(badArguments)) {
    it(`refuses a bad value for ${name}, shows it in the error and sends nothing`, async () => {
      for (const [value, shown] of cases) {
        const error = await failureOf(() => call(client, value as never));
        expect(error).toBeInstanceOf(InvalidArgumentError);
        expect(error.code).toBe('INVALID_ARGUMENT');
        expect(error.message).toContain(shown);
      }
      expect(connection.requests.items).toEqual([]);
    });
  }

  it("refuses deleteRecursive('/')", async () => {
    const error = await failureOf(() => client.deleteRecursive('/'));
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(connection.requests.items).toEqual([]);
  });

  it('does not show credentials in the error', async () => {
    const error = await failureOf(() => client.addAuth('digest', Buffer.from('user:secret') as never));
    expect(error.message).not.toContain('secret');
  });
});

function badData(): [unknown, string][] {
  return [
    [7, 'a number'],
    [{ a: 1 }, 'an object'],
    [null, 'null'],
    [new Uint8Array([1, 2]), 'a Buffer or Uint8Array'],
    [['a'], 'an array of 1'],
    [true, 'a boolean'],
    [10n, 'a bigint'],
  ];
}

function badVersions(): [unknown, string][] {
  return [
    [1.5, '1.5'],
    [NaN, 'NaN'],
    [2 ** 31, '2147483648'],
    [-(2 ** 31) - 1, '-2147483649'],
    ['0', 'a string of length 1'],
    [null, 'null'],
    [0n, '0n'],
  ];
}

function badAcls(): [unknown, string][] {
  return [
    [undefined, 'undefined'],
    [null, 'null'],
    [[], 'an empty array'],
    ['world', 'a string of length 5'],
    [[null], 'acl[0] must be an object { perms, scheme, id }, but is null'],
    [[...new Array(1)], 'acl[0] must be an object { perms, scheme, id }, but is undefined'],
    [[{ perms: 32, scheme: 'world', id: 'anyone' }], '32'],
    [[{ perms: '31', scheme: 'world', id: 'anyone' }], 'a string of length 2'],
    [[{ perms: 31, scheme: '', id: 'anyone' }], 'an empty string'],
    [[{ perms: 31, scheme: 'world' }], 'undefined'],
  ];
}

function badFunctions(): [unknown, string][] {
  return [
    [null, 'null'],
    [{}, 'an object'],
    ['watch', 'a string of length 5'],
    [true, 'a boolean'],
  ];
}

function badSchemes(): [unknown, string][] {
  return [
    ['', 'an empty string'],
    ['user:password', 'a string of length 13'],
    [null, 'null'],
    [7, 'a number'],
  ];
}

function badConnectOptions(): [unknown, string][] {
  return [
    [null, 'null'],
    [1_000, 'a number'],
    [{ timeout: -1 }, '-1'],
    [{ timeout: '1s' }, 'a string of length 2'],
    [{ timeout: NaN }, 'NaN'],
    [{ timeout: Infinity }, 'Infinity'],
    [{ signal: {} }, 'an object'],
    [{ signal: null }, 'null'],
    [{ deadline: 1 }, '"deadline"'],
  ];
}
