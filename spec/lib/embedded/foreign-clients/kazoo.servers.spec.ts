import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { fourLetterWord } from '../../../../testing/four-letter-word.js';
import { runKazoo, type Sight } from '../../../../testing/kazoo.js';
import { it } from '../../../support/fixtures.js';
import { startServer, type TestServer } from '../../../support/test-server.js';

const CLIENT = join(import.meta.dirname, 'kazoo_client.py');
const RECIPES = join(import.meta.dirname, 'kazoo_recipes.py');

/** The digest of user:secret. */
const DIGEST = 'user:5w9W4eL3797Y4Wq8AcKUPPk8ha4=';

describe('kazoo', () => {
  it('creates, reads, changes and deletes znodes', async ({ port, chroot }) => {
    const [, major, minor] = /version: (\d+)\.(\d+)/.exec(await fourLetterWord(port, 'srvr')) ?? [];
    expect(await runKazoo(CLIENT, 'znodes', `127.0.0.1:${port}${chroot}`)).toEqual([
      ['create', '/a'],
      ['create with parents', '/b/c/d'],
      ['create sequence', '/b/n-0000000001'],
      ['create with stat', ['/with-stat', 5, 0, true]],
      ['get', ['data', 0, 4, 0, 0]],
      ['set', 1],
      ['set another version', 'BadVersionError'],
      ['get a missing znode', 'NoNodeError'],
      ['create an existing znode', 'NodeExistsError'],
      ['create below a missing znode', 'NoNodeError'],
      ['delete a znode with children', 'NotEmptyError'],
      ['delete another version', 'BadVersionError'],
      ['exists', [1, null]],
      ['children', ['c', 'n-0000000001']],
      ['children with stat', [['c', 'n-0000000001'], 2, 2]],
      ['deleted', null],
      ['sync', '/a'],
      ['ensure path', '/x/y/z'],
      ['four letters', 'imok'],
      ['server version', [Number(major), Number(minor)]],
      ['pipelined', true],
    ]);
  });

  it('protects znodes by ACLs', async ({ port, chroot }) => {
    expect(await runKazoo(CLIENT, 'acls', `127.0.0.1:${port}${chroot}`)).toEqual([
      ['the owner reads', 'data'],
      ['another reads', 'NoAuthError'],
      ['acl', [31, 'digest', DIGEST]],
      ['versions', [1, 0]],
      ['another reads an open znode', 'data'],
      ['another writes a readable znode', 'NoAuthError'],
      ['another reads with the credentials', ''],
      ['malformed', 'InvalidACLError'],
    ]);
  });

  it('commits transactions atomically', async ({ port, chroot }) => {
    expect(await runKazoo(CLIENT, 'transactions', `127.0.0.1:${port}${chroot}`)).toEqual([
      ['committed', [true, '/new', '/new-0000000002', 1, true]],
      ['rolled back', ['RolledBackError', 'BadVersionError', 'RuntimeInconsistency']],
      ['nothing done', [null, 'second']],
    ]);
  });

  it('owns ephemerals until it stops', async ({ port, chroot }) => {
    expect(await runKazoo(CLIENT, 'ephemerals', `127.0.0.1:${port}${chroot}`)).toEqual([
      ['owner', [true, false]],
      ['child', 'NoChildrenForEphemeralsError'],
      ['event', ['DELETED', '/ephemeral']],
      ['gone', null],
    ]);
  });

  it('watches data and children', async ({ port, chroot }) => {
    const sights = await runKazoo(CLIENT, 'watches', `127.0.0.1:${port}${chroot}`);
    expect(sights.filter(([name]) => name === 'data')).toEqual([
      ['data', [null, null, null]],
      ['data', ['first', 0, ['CREATED', '/data']]],
      ['data', ['second', 1, ['CHANGED', '/data']]],
      ['data', [null, null, ['DELETED', '/data']]],
      ['data', ['again', 0, ['CREATED', '/data']]],
    ]);
    const children = sights.filter(([name]) => name === 'children').map(([, value]) => (value as [string[]])[0].sort());
    expect(children).toEqual([[], ['one'], ['one', 'two'], ['two']]);
  });
});

describe("kazoo's recipes", () => {
  it('cache a tree', async ({ port, chroot }) => {
    const [added, updated, removed, initialized] = [0, 1, 2, 6];
    expect(await runKazoo(RECIPES, 'tree_cache', `127.0.0.1:${port}${chroot}`)).toEqual([
      ['event', [added, '/tree', '']],
      ['event', [added, '/tree/branch', 'data']],
      ['event', [initialized, null, null]],
      ['event', [added, '/tree/branch/leaf', 'green']],
      ['event', [updated, '/tree/branch/leaf', 'brown']],
      ['cached', ['brown', ['branch']]],
      ['event', [removed, '/tree/branch/leaf', 'brown']],
      ['uncached', null],
    ]);
  });

  it('give a lock to one client at a time', async ({ port, chroot }) => {
    expect(await runKazoo(RECIPES, 'lock', `127.0.0.1:${port}${chroot}`)).toEqual([
      ['first has it', true],
      ['second has it at once', false],
      ['contenders', ['first', 'second']],
      ['first releases', true],
      ['second has it in the end', true],
      ['contenders', ['second']],
      ['first has it again', true],
    ]);
  });

  it('give a lock to several readers or to one writer', async ({ port, chroot }) => {
    expect(await runKazoo(RECIPES, 'read_write_lock', `127.0.0.1:${port}${chroot}`)).toEqual([
      ['two readers', [true, true]],
      ['a writer beside them', false],
      ['a writer after them', true],
    ]);
  });

  it('limit the number of semaphore leases', async ({ port, chroot }) => {
    expect(await runKazoo(RECIPES, 'semaphore', `127.0.0.1:${port}${chroot}`)).toEqual([
      ['two', [true, true]],
      ['a third at once', false],
      ['a third in the end', true],
    ]);
  });

  it('count from two clients at once', async ({ port, chroot }) => {
    expect(await runKazoo(RECIPES, 'counter', `127.0.0.1:${port}${chroot}`)).toEqual([['counted', 40]]);
  });

  it('pass items through queues', async ({ port, chroot }) => {
    expect(await runKazoo(RECIPES, 'queues', `127.0.0.1:${port}${chroot}`)).toEqual([
      ['queue', [4, 'urgent', 'one', 'two', 'three', null]],
      ['locked', ['one', true, true]],
      ['next', ['two', null, true]],
      ['given back', ['two', true, 0]],
      ['awaited', 'late'],
    ]);
  });

  it('elect one leader after another', async ({ port, chroot }) => {
    expect(await runKazoo(RECIPES, 'election', `127.0.0.1:${port}${chroot}`)).toEqual([
      ['leader', 'one'],
      ['contenders', ['one', 'two']],
      ['leader', 'two'],
    ]);
  });

  it('synchronise at parties and barriers', async ({ port, chroot }) => {
    expect(await runKazoo(RECIPES, 'meetings', `127.0.0.1:${port}${chroot}`)).toEqual([
      ['party', [['one', 'two'], ['two']]],
      ['left', ['one']],
      ['held up', false],
      ['removed', true],
      ['let through', true],
      [
        'double barrier',
        [
          [true, false],
          [true, false],
        ],
      ],
    ]);
  });
});

/** The lines that kazoo's session scenario prints from the moment at which `act` is called. */
async function linesAfter(
  server: TestServer,
  act: (session: { id: bigint; password: Buffer }) => Promise<void>,
): Promise<readonly Sight[]> {
  let acting: Promise<void> | undefined;
  const sights = await runKazoo(CLIENT, 'session', server.connectString, ([name, value]) => {
    if (name !== 'session') return;
    const [id, password] = value as [string, string];
    acting = act({ id: BigInt(id), password: Buffer.from(password, 'hex') });
    acting.catch(() => {});
  });
  await acting;
  const before = sights.findIndex(([name]) => name === 'session');
  expect(before).toBeGreaterThan(0);
  return sights.slice(before + 1);
}

describe("kazoo's session", () => {
  it('is replaced after its expiry, and its watches continue', async () => {
    await using server = await startServer({ tickTime: 100 });
    expect(await linesAfter(server, (session) => server.expireSession(session))).toEqual([
      ['state', 'SUSPENDED'],
      ['state', 'LOST'],
      ['state', 'CONNECTED'],
      ['same session', false],
      ['ephemeral', false],
      ['data', 'second'],
      ['state', 'LOST'],
    ]);
  });

  it('survives the loss of its connection with its ephemerals and watches', async () => {
    await using server = await startServer({ tickTime: 100 });
    expect(await linesAfter(server, () => server.dropConnections())).toEqual([
      ['state', 'SUSPENDED'],
      ['state', 'CONNECTED'],
      ['same session', true],
      ['ephemeral', true],
      ['data', 'second'],
      ['state', 'LOST'],
    ]);
  });

  it('survives a restart of the server', async () => {
    await using server = await startServer({ tickTime: 100 });
    const restart = async (): Promise<void> => {
      await server.kill();
      await server.restart();
    };
    expect(await linesAfter(server, restart)).toEqual([
      ['state', 'SUSPENDED'],
      ['state', 'CONNECTED'],
      ['same session', true],
      ['ephemeral', true],
      ['data', 'second'],
      ['state', 'LOST'],
    ]);
  });
});
