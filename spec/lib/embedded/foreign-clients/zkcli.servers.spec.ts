import { describe, expect } from 'vitest';
import { ZkCli } from '../../../../testing/zk-cli.js';
import { it } from '../../../support/fixtures.js';
import { startServer } from '../../../support/test-server.js';
import { zkCliAtServer } from './zkcli-fixture.js';

const shared = zkCliAtServer();
const { run } = shared;

/** The fields of a printed stat, by name. */
function statOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(lines.filter((line) => line.includes(' = ')).map((line) => line.split(' = ')));
}

describe('zkCli.sh', () => {
  it('finds the znodes of a fresh server', async () => {
    await using fresh = await startServer({ tickTime: 100 });
    await using other = await ZkCli.start(fresh.connectString);
    expect(await other.run('ls -R /')).toEqual(['/', '/zookeeper', '/zookeeper/config', '/zookeeper/quota']);
    expect(await other.run('getAllChildrenNumber /')).toEqual(['3']);
    expect(await other.run('create -s /first- data')).toEqual(['Created /first-0000000000']);
  });

  it('creates persistent znodes, with and without data', async () => {
    expect(await run('create /persistent data')).toEqual(['Created /persistent']);
    expect(await run('create /persistent/empty')).toEqual(['Created /persistent/empty']);
    expect(await run('get /persistent')).toEqual(['data']);
    expect(await run('get /persistent/empty')).toEqual(['null']);
  });

  it('creates sequential znodes, numbered by their parent', async () => {
    await run('create /sequential');
    expect(await run('create -s /sequential/a- data')).toEqual(['Created /sequential/a-0000000000']);
    expect(await run('create /sequential/plain')).toEqual(['Created /sequential/plain']);
    expect(await run('create -s /sequential/b- data')).toEqual(['Created /sequential/b-0000000002']);
    await run('delete /sequential/b-0000000002');
    expect(await run('create -s -e /sequential/c- data')).toEqual(['Created /sequential/c-0000000003']);
  });

  it('creates containers', async () => {
    expect(await run('create -c /container data')).toEqual(['Created /container']);
    expect(statOf(await run('stat /container'))).toMatchObject({ ephemeralOwner: '0x0', dataLength: '4' });
  });

  it('creates TTL znodes, which are deleted when they were not changed for that time', async () => {
    await using own = await startServer({ tickTime: 100, containerCheckInterval: 50, timeToLive: true });
    await using other = await ZkCli.start(own.connectString);
    expect(await other.run('create -t 60000 /long data')).toEqual(['Created /long']);
    expect(await other.run('create -s -t 60000 /long- data')).toEqual(['Created /long-0000000001']);
    expect(statOf(await other.run('stat /long'))).toMatchObject({ ephemeralOwner: '0x0', dataLength: '4' });
    expect(await other.run('create -t 300 /short data')).toEqual(['Created /short']);
    expect(await other.run('create /short/child')).toEqual(['Created /short/child']);
    expect(await other.run('create -t 300 /alone data')).toEqual(['Created /alone']);
    await other.run('get -w /alone');
    await other.watched.until((events) => events.includes('NodeDeleted /alone'));
    expect(await other.run('ls /')).toEqual(['[long, long-0000000001, short, zookeeper]']);
    await other.run('get -w /short');
    await other.run('delete /short/child');
    await other.watched.until((events) => events.includes('NodeDeleted /short'));
    expect(await other.run('ls /')).toEqual(['[long, long-0000000001, zookeeper]']);
  });

  it('reports the reason when a znode cannot be created', async () => {
    await run('create /there');
    await run('create -e /short-lived');
    expect(await run('create /there')).toEqual(['Node already exists: /there']);
    expect(await run('create /missing/child')).toEqual(['Node does not exist: /missing/child']);
    expect(await run('create /short-lived/child')).toEqual(['Ephemerals cannot have children: /short-lived/child']);
  });

  it('reads a stat', async () => {
    await run('create /stat data');
    const created = statOf(await run('stat /stat'));
    expect(created).toEqual({
      cZxid: expect.stringMatching(/^0x[1-9a-f]/),
      ctime: expect.stringContaining(String(new Date().getUTCFullYear())),
      mZxid: created.cZxid,
      mtime: created.ctime,
      pZxid: created.cZxid,
      cversion: '0',
      dataVersion: '0',
      aclVersion: '0',
      ephemeralOwner: '0x0',
      dataLength: '4',
      numChildren: '0',
    });
    await run('create /stat/one data');
    await run('create -e /stat/two');
    await run('delete /stat/one');
    const [data, ...lines] = await run('get -s /stat');
    expect(data).toBe('data');
    const changed = { pZxid: expect.not.stringMatching(`^${created.pZxid}$`), cversion: '3', numChildren: '1' };
    expect(statOf(lines)).toEqual({ ...created, ...changed });
    const ephemeral = statOf(await run('stat /stat/two'));
    expect(ephemeral).toMatchObject({ ephemeralOwner: expect.stringMatching(/^0x[1-9a-f]/), dataLength: '0' });
  });

  it('sets data, conditionally on a version', async () => {
    await run('create /versions first');
    expect(await run('set /versions second')).toEqual([]);
    expect(await run('set -v 1 /versions third')).toEqual([]);
    expect(await run('set -v 1 /versions late')).toEqual(['version No is not valid : /versions']);
    const { cZxid, mZxid, ...rest } = statOf(await run('set -s /versions fourth'));
    expect(mZxid).not.toBe(cZxid);
    expect(rest).toMatchObject({ pZxid: cZxid, dataVersion: '3', dataLength: '6' });
    expect(await run('get /versions')).toEqual(['fourth']);
    expect(await run('set /missing data')).toEqual(['Node does not exist: /missing']);
  });

  it('lists children, with a stat, and recursively', async () => {
    for (const path of ['/list', '/list/b', '/list/a', '/list/b/c']) await run(`create ${path}`);
    expect(await run('ls /list')).toEqual(['[a, b]']);
    const [children, ...stat] = await run('ls -s /list');
    expect(children).toBe('[a, b]');
    expect(statOf(stat)).toMatchObject({ cversion: '2', numChildren: '2', dataLength: '0' });
    expect(await run('ls -R /list')).toEqual(['/list', '/list/a', '/list/b', '/list/b/c']);
    expect(await run('getAllChildrenNumber /list')).toEqual(['3']);
    expect(await run('ls /missing')).toEqual(['Node does not exist: /missing']);
    expect(await run('getAllChildrenNumber /missing')).toEqual(['Node does not exist: /missing']);
  });

  it('deletes one znode, conditionally on a version, and a whole subtree', async () => {
    for (const path of ['/delete', '/delete/one', '/delete/two', '/delete/two/below']) await run(`create ${path}`);
    expect(await run('delete -v 1 /delete/one')).toEqual(['version No is not valid : /delete/one']);
    expect(await run('delete -v 0 /delete/one')).toEqual([]);
    expect(await run('delete /delete/one')).toEqual(['Node does not exist: /delete/one']);
    expect(await run('delete /delete')).toEqual(['Node not empty: /delete']);
    expect(await run('deleteall /delete')).toEqual([]);
    expect(await run('ls /delete')).toEqual(['Node does not exist: /delete']);
    expect(await run('deleteall /delete')).toEqual(['Node does not exist: /delete']);
  });

  it('deletes many znodes in batches', async () => {
    await run('create /batch');
    for (let nth = 0; nth < 20; nth++) await run(`create -s /batch/child- ${nth}`);
    expect(await run('deleteall /batch -b 7')).toEqual([]);
    expect(await run('ls /batch')).toEqual(['Node does not exist: /batch']);
  });

  it('cannot delete the predefined znodes', async () => {
    expect(await run('get /zookeeper/config')).toEqual([]);
    expect(await run('set /zookeeper/config data')).toEqual(['Insufficient permission : /zookeeper/config']);
    expect(await run('delete /zookeeper')).toEqual(['Arguments are not valid : /zookeeper']);
    expect(await run('reconfig -add server.2=127.0.0.1:1:2;3')).toEqual(['KeeperErrorCode = Reconfig is disabled']);
  });

  it('reads the configuration, which a single server does not have', async () => {
    expect(await run('config')).toEqual([]);
    expect(statOf(await run('config -s'))).toMatchObject({ cZxid: '0x0', aclVersion: '-1', dataLength: '0' });
  });

  it('syncs with the server', async () => {
    expect(await run('sync /')).toEqual(['Sync is OK']);
    expect(await run('sync /missing')).toEqual(['Sync is OK']);
  });

  it('sets quotas, which are stored below /zookeeper', async () => {
    await run('create /quota data');
    await run('create /quota/child');
    expect(await run('setquota -n 10 /quota')).toEqual([]);
    expect(await run('listquota /quota')).toEqual([
      'absolute path is /zookeeper/quota/quota/zookeeper_limits',
      'Output quota for /quota count=10,bytes=-1=;byteHardLimit=-1;countHardLimit=-1',
      'Output stat for /quota count=2,bytes=4',
    ]);
    expect(await run('ls /zookeeper/quota/quota')).toEqual(['[zookeeper_limits, zookeeper_stats]']);
    expect(await run('delquota /quota')).toEqual([]);
  });
});

describe('ACLs of zkCli.sh', () => {
  it('are read and set', async () => {
    await run('create /acl data');
    expect(await run('getAcl /acl')).toEqual(["'world,'anyone", ': cdrwa']);
    expect(await run('setAcl /acl world:anyone:ra')).toEqual([]);
    const [id, perms, ...stat] = await run('getAcl -s /acl');
    expect([id, perms]).toEqual(["'world,'anyone", ': ra']);
    expect(statOf(stat)).toMatchObject({ dataVersion: '0', aclVersion: '1' });
    expect(await run('set /acl newer')).toEqual(['Insufficient permission : /acl']);
    expect(await run('setAcl -v 0 /acl world:anyone:cdrwa')).toEqual(['version No is not valid : /acl']);
    expect(await run('setAcl -v 1 /acl world:anyone:cdrwa')).toEqual([]);
    expect(await run('set /acl newer')).toEqual([]);
    expect(await run('getAcl /missing')).toEqual(['Node does not exist: /missing']);
  });

  it('are refused when they are malformed', async () => {
    await run('create /senseless');
    expect(await run('setAcl /senseless digest:nobody:cdrwa')).toEqual(['Acl is not valid : /senseless']);
    expect(await run('setAcl /senseless nonsense:nobody:cdrwa')).toEqual(['Acl is not valid : /senseless']);
    // The client has not authenticated.
    expect(await run('create /of-nobody data auth::cdrwa')).toContain('Acl is not valid : /of-nobody');
  });

  it('of a znode protect its data, and those of its parent its creation and deletion', async () => {
    await run('create /parent');
    await run('create /parent/child data world:anyone:r');
    expect(await run('get /parent/child')).toEqual(['data']);
    expect(await run('set /parent/child newer')).toEqual(['Insufficient permission : /parent/child']);
    await run('setAcl /parent world:anyone:ra');
    expect(await run('create /parent/other')).toEqual(['Insufficient permission : /parent/other']);
    expect(await run('delete /parent/child')).toEqual(['Insufficient permission : /parent/child']);
    // zkCli.sh does not always print the failure: it counts failures only after waiting for them.
    await run('deleteall /parent');
    expect(await run('ls -R /parent')).toEqual(['/parent', '/parent/child']);
    await run('setAcl /parent world:anyone:cdrwa');
    expect(await run('deleteall /parent')).toEqual([]);
  });

  it('recognise a client that has authenticated by a digest', async () => {
    await using owner = await ZkCli.start(shared.server.connectString);
    const address = [expect.stringMatching(/^Auth scheme: User$/), 'ip: 127.0.0.1'];
    expect(await owner.run('whoami')).toEqual(address);
    expect(await owner.run('addauth digest user:secret')).toEqual([]);
    expect(await owner.run('whoami')).toEqual([...address, 'digest: user']);
    await owner.run('create /mine data auth::cdrwa');
    expect(await owner.run('getAcl /mine')).toEqual(["'digest,'user:5w9W4eL3797Y4Wq8AcKUPPk8ha4=", ': cdrwa']);
    expect(await owner.run('get /mine')).toEqual(['data']);
    expect(await run('get /mine')).toEqual(['Insufficient permission : /mine']);
    expect(await run('getAcl /mine')).toEqual(['Insufficient permission : /mine']);
  });
});
