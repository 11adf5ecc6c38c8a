import { describe, expect } from 'vitest';
import { ZkCli } from '../../../../testing/zk-cli.js';
import { it } from '../../../support/fixtures.js';
import { startServer } from '../../../support/test-server.js';
import { zkCliAtServer } from './zkcli-fixture.js';

const shared = zkCliAtServer();
const { run } = shared;

/** The paths with data watches on the server. A client does not print the events of watches that it has removed. */
async function watchedPaths(): Promise<string[]> {
  const lines = (await shared.server.fourLetterWord('wchp')).split('\n');
  return lines.filter((line) => line.startsWith('/'));
}

/** Runs the commands and expects that the client prints these events and no others. */
async function expectWatched(client: ZkCli, commands: readonly string[], events: readonly string[]): Promise<void> {
  client.watched.clear();
  for (const command of commands) await client.run(command);
  // Events come in order, so none is missing once this one has arrived.
  for (const command of ['create /last', 'get -w /last', 'delete /last']) await client.run(command);
  expect(await client.watched.until((all) => all.at(-1) === 'NodeDeleted /last')).toEqual([
    ...events,
    'NodeDeleted /last',
  ]);
}

describe('a watch of zkCli.sh', () => {
  it('of data fires once', async () => {
    await run('create /watched first');
    expect(await run('get -w /watched')).toEqual(['first']);
    await expectWatched(shared.cli, ['set /watched second', 'set /watched third'], ['NodeDataChanged /watched']);
  });

  it('of children fires once', async () => {
    await run('create /family');
    expect(await run('ls -w /family')).toEqual(['[]']);
    const commands = ['set /family data', 'create /family/one', 'create /family/two'];
    await expectWatched(shared.cli, commands, ['NodeChildrenChanged /family']);
  });

  it('of a missing znode fires at its creation', async () => {
    expect(await run('stat -w /to-come')).toEqual(['Node does not exist: /to-come']);
    await expectWatched(shared.cli, ['create /to-come', 'set /to-come data'], ['NodeCreated /to-come']);
  });

  it('of data and children fires once for a deletion', async () => {
    await run('create /to-go');
    await run('get -w /to-go');
    await run('ls -w /to-go');
    await expectWatched(shared.cli, ['delete /to-go'], ['NodeDeleted /to-go']);
  });

  it('does not fire after its removal', async () => {
    expect(await run('removewatches /never')).toEqual(['KeeperErrorCode = No such watcher for /never']);
    await run('create /removed data');
    await run('get -w /removed');
    expect(await watchedPaths()).toContain('/removed');
    await expectWatched(shared.cli, ['removewatches /removed'], ['DataWatchRemoved /removed']);
    expect(await watchedPaths()).not.toContain('/removed');
    await run('ls -w /removed');
    await expectWatched(shared.cli, ['removewatches /removed -c'], ['ChildWatchRemoved /removed']);
    await expectWatched(shared.cli, ['set /removed newer', 'create /removed/child'], []);
    expect(await run('removewatches /removed -a')).toEqual(['KeeperErrorCode = No such watcher for /removed']);
  });

  it('that is persistent fires at every change of one znode', async () => {
    await run('create /persistently');
    expect(await run('addWatch -m PERSISTENT /persistently')).toEqual([]);
    await expectWatched(
      shared.cli,
      [
        'set /persistently data',
        'set /persistently newer',
        'create /persistently/child',
        'set /persistently/child data',
        'delete /persistently/child',
        'delete /persistently',
        'create /persistently',
        'removewatches /persistently',
        'set /persistently unseen',
      ],
      [
        'NodeDataChanged /persistently',
        'NodeDataChanged /persistently',
        'NodeChildrenChanged /persistently',
        'NodeChildrenChanged /persistently',
        'NodeDeleted /persistently',
        'NodeCreated /persistently',
        'PersistentWatchRemoved /persistently',
      ],
    );
    expect(await watchedPaths()).not.toContain('/persistently');
  });

  it('that is persistent and recursive fires at every change in a tree, also after a restart', async () => {
    await using own = await startServer({ tickTime: 100 });
    await using other = await ZkCli.start(own.connectString);
    await other.run('create /tree');
    expect(await other.run('addWatch -m PERSISTENT_RECURSIVE /tree')).toEqual([]);
    const changes = async (): Promise<void> =>
      expectWatched(
        other,
        [
          'set /tree data',
          'create /tree/branch',
          'create /tree/branch/leaf',
          'set /tree/branch/leaf data',
          'create /trees',
          'delete /trees',
          'deleteall /tree/branch',
        ],
        [
          'NodeDataChanged /tree',
          'NodeCreated /tree/branch',
          'NodeCreated /tree/branch/leaf',
          'NodeDataChanged /tree/branch/leaf',
          'NodeDeleted /tree/branch/leaf',
          'NodeDeleted /tree/branch',
        ],
      );
    await changes();
    await own.kill();
    await other.states.until((states) => states.at(-1) === 'Disconnected');
    await own.restart();
    await other.states.until((states) => states.at(-1) === 'SyncConnected');
    await changes();
    await expectWatched(other, ['removewatches /tree', 'set /tree unseen'], ['PersistentWatchRemoved /tree']);
  });
});

/** The items of a printed list, sorted. */
function listOf([line = '']: readonly string[]): string[] {
  return line
    .replace(/^\[|\]$/g, '')
    .split(', ')
    .sort();
}

describe('a session of zkCli.sh', () => {
  it('owns its ephemerals until it quits', async ({ connect }) => {
    const client = await connect({ connectString: shared.server.connectString });
    await using other = await ZkCli.start(shared.server.connectString);
    await other.run('create -e /mine-for-a-while');
    await other.run('create -e -s /mine-for-a-while- data');
    const numbered = expect.stringMatching(/^\/mine-for-a-while-\d{10}$/);
    expect(listOf(await other.run('getEphemerals'))).toEqual(['/mine-for-a-while', numbered]);
    expect(listOf(await other.run('getEphemerals /mine-for-a-while-'))).toEqual([numbered]);
    expect(await client.exists('/mine-for-a-while')).not.toBe(null);
    expect(await other.end('quit')).toBe(0);
    const { children } = await client.getChildren('/');
    expect(children.filter((name) => name.startsWith('mine-for-a-while'))).toEqual([]);
    await client.close();
  });

  it('survives a silence of the server', async () => {
    await using own = await startServer({ tickTime: 100 });
    await using other = await ZkCli.start(own.connectString, { sessionTimeout: 3_000 });
    await other.run('create -e /alive data');
    await other.run('get -w /alive');
    own.pause();
    await other.states.until((states) => states.at(-1) === 'Disconnected');
    own.resume();
    await other.states.until((states) => states.at(-1) === 'SyncConnected');
    expect(await other.run('getEphemerals')).toEqual(['[/alive]']);
    await expectWatched(other, ['set /alive newer'], ['NodeDataChanged /alive']);
  });

  it('ends with close, and connect opens another', async () => {
    await using other = await ZkCli.start(shared.server.connectString);
    await other.run('create -e /before-the-close');
    expect(await other.run('close')).toEqual([]);
    expect(await run('stat /before-the-close')).toEqual(['Node does not exist: /before-the-close']);
    expect(await other.run('ls /')).toContain('Not connected');
    other.states.clear();
    await other.run(`connect ${shared.server.connectString}`);
    await other.states.until((states) => states.at(-1) === 'SyncConnected');
    expect(await other.run('getEphemerals')).toEqual(['[]']);
  });

  it('works below a chroot', async () => {
    await run('create /chroot');
    await using other = await ZkCli.start(`${shared.server.connectString}/chroot`);
    expect(await other.run('create /child data')).toEqual(['Created /child']);
    expect(await run('get /chroot/child')).toEqual(['data']);
    await other.run('ls -w /');
    await expectWatched(other, ['create /another'], ['NodeChildrenChanged /']);
  });
});
