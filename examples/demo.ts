/**
 * The main features as a short story on the terminal, on a ZooKeeper inside this process: `npm run demo`. On one of
 * your own: `npm run demo -- --connect host:port/chroot`.
 */
import {
  Checkpoint,
  ChildrenWatch,
  DataWatch,
  PatientChildrenWatch,
  subscribe,
  type TreeChange,
  TreeWatch,
  ZooKeeperClient,
} from '../index.js';
import { Recorder } from '../testing/recorder.js';
import { chapter, inSandbox, makeLine, type Sandbox, say } from './sandbox.js';

const SESSION_TIMEOUT = 4_000;
const TIME_BOUNDARY = 500;

async function play({ connectString, logger, expireSession }: Sandbox): Promise<void> {
  const client = new ZooKeeperClient(connectString, { sessionTimeout: SESSION_TIMEOUT, logger });
  const states = new Recorder<string>();
  client.on('state', (state) => {
    states.record(state);
    say('client', state);
  });

  chapter('1. Connect');
  await client.connect();

  chapter('2. Watch a znode before it exists');
  const configPath = '/config';
  const values = new Recorder<string | null>();
  const config = new DataWatch(client, configPath, (data, stat, event) => {
    const value = data === null ? null : data.toString();
    const state = value === null ? 'does not exist' : `is "${value}", version ${stat?.version}`;
    say('config', `${state}   (${event ? event.type : 'first call or recovery'})`);
    values.record(value);
    if (value === 'enough') return false;
    return undefined;
  });
  config.on('stop', (reason) => say('config', `the watch has stopped: ${reason}`));
  await config.ready;
  await client.create(configPath, 'v0');
  await values.until((seen) => seen.at(-1) === 'v0');

  chapter('3. Ten changes at once are coalesced, and the last one is never missed');
  const before = values.items.length;
  await Promise.all(Array.from({ length: 10 }, (_, index) => client.setData(configPath, `v${index + 1}`)));
  await values.until((seen) => seen.at(-1) === 'v10');
  say('story', `10 changes, ${values.items.length - before} calls`);

  chapter('4. The znode is deleted and created again');
  await client.delete(configPath);
  await values.until((seen) => seen.at(-1) === null);
  await client.create(configPath, 'reborn');
  await values.until((seen) => seen.at(-1) === 'reborn');

  chapter('5. Workers join and leave a group, each with an ephemeral znode of its own session');
  const groupPath = '/workers';
  await client.create(groupPath);
  const groups = new Recorder<string[]>();
  const group = new ChildrenWatch(client, groupPath, (workers) => {
    say('group', `[${workers.join(', ')}]`);
    groups.record(workers);
  });
  await group.ready;
  const workers = await Promise.all(['ann', 'bob', 'cid'].map((name) => join(connectString, groupPath, name)));
  await groups.until((seen) => seen.at(-1)?.length === 3);
  await workers[1]?.close();
  await groups.until((seen) => seen.at(-1)?.length === 2);

  chapter(`6. Wait until the group has not changed for ${TIME_BOUNDARY} ms`);
  const patient = new PatientChildrenWatch(client, groupPath, { timeBoundary: TIME_BOUNDARY });
  const settling = patient.start();
  workers.push(await join(connectString, groupPath, 'dan'));
  const { children, changed } = await settling;
  say('settled', `[${children.join(', ')}]`);

  chapter('7. The session really expires: the client opens a new one, and every watch goes on');
  const oldSession = client.sessionId;
  await expireSession(client);
  await states.until((seen) => seen.lastIndexOf('connected') > seen.indexOf('lost') && seen.includes('lost'));
  say('story', `session 0x${oldSession?.toString(16)} is now 0x${client.sessionId?.toString(16)}`);
  await client.setData(configPath, 'after the expiry');
  await values.until((seen) => seen.at(-1) === 'after the expiry');
  await workers[0]?.close();
  say('settled', `no longer: ${(await changed)?.type}`);
  await groups.until((seen) => seen.at(-1)?.length === 2);

  chapter('8. false stops a watch');
  await client.setData(configPath, 'enough');
  await values.until((seen) => seen.at(-1) === 'enough');

  await followTree(client, connectString);
  await resume(client);

  chapter('11. The end');
  await Promise.all(workers.map((worker) => worker.close()));
  await groups.until((seen) => seen.at(-1)?.length === 0);
  await client.close();
}

const SHOP = '/shop';

/** @param client that changes the tree */
async function followTree(client: ZooKeeperClient, connectString: string): Promise<void> {
  chapter('9. A whole tree is followed, and its line is cut while it changes');
  for (const path of [SHOP, `${SHOP}/apple`, `${SHOP}/bread`]) await client.create(path, 'v0');
  await using line = await makeLine(connectString);
  await using follower = await new ZooKeeperClient(line.connectString, { sessionTimeout: SESSION_TIMEOUT }).connect();
  const sizes = new Recorder<number>();
  const tree = new TreeWatch(follower, SHOP, ({ size }, changes) => {
    say('tree', `${changes.map(describe).join(', ')}: ${size} znodes`);
    sizes.record(size);
  });
  await tree.ready;
  follower.on('state', (state) => {
    if (state !== 'closed') say('line', state);
  });
  line.cut();
  for (const value of ['v1', 'v2', 'v3']) await client.setData(`${SHOP}/apple`, value);
  await client.delete(`${SHOP}/bread`);
  await client.create(`${SHOP}/bread`, 'v0');
  await client.create(`${SHOP}/ghost`);
  await client.delete(`${SHOP}/ghost`);
  await client.create(`${SHOP}/cheese`);
  say('story', '8 changes, while the line is cut');
  await line.repair();
  await sizes.until((seen) => seen.at(-1) === 4);
  say('story', `${sizes.items.length - 1} call: a znode that came and went is no change`);
}

async function resume(client: ZooKeeperClient): Promise<void> {
  chapter('10. A subscription goes on where it has ended, as in another process');
  const filter = { path: `${SHOP}/*` };
  const seen = new Recorder<string>();
  const buy = (change: TreeChange): void => {
    say('buyer', describe(change));
    seen.record(change.path);
  };
  const subscription = subscribe(client, SHOP, filter, buy);
  await subscription.ready;
  await client.create(`${SHOP}/dates`);
  await seen.until((paths) => paths.at(-1) === `${SHOP}/dates`);
  await subscription.close();
  const bytes = subscription.checkpoint().toBytes();
  say('story', `the subscription is closed, ${bytes.length} bytes are kept`);
  await client.delete(`${SHOP}/apple`);
  await client.create(`${SHOP}/figs`);
  await using resumed = subscribe(client, SHOP, filter, buy, { since: Checkpoint.from(bytes) });
  await resumed.ready;
}

function describe({ type, path, recreated }: TreeChange): string {
  return `${recreated ? 'recreated' : type} ${path}`;
}

async function join(connectString: string, groupPath: string, name: string): Promise<ZooKeeperClient> {
  const worker = await new ZooKeeperClient(connectString, { sessionTimeout: SESSION_TIMEOUT }).connect();
  await worker.create(`${groupPath}/${name}`, '', { mode: 'ephemeral' });
  return worker;
}

await inSandbox(play);
