import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChildrenWatch, type ClientState, DataWatch, ZooKeeperClient } from '../../../index.js';
import { eventually } from '../../../testing/eventually.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { Recorder } from '../../../testing/recorder.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { scaled } from '../../../testing/time-factor.js';
import { ZooKeeperEnsemble } from '../../../testing/zookeeper-ensemble.js';
import { recordStates } from '../../support/fixtures.js';

const LONG = 20_000;
const SHORT = 1_000;

interface SessionMode {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
  /** The states of a client that changes its server. */
  readonly statesOfMove: readonly ClientState[];
}

const MODES: readonly SessionMode[] = [
  { name: 'with sessions that the leader keeps', config: {}, statesOfMove: ['suspended', 'connected'] },
  {
    // The follower can then create a session without the leader: only the client's last zxid prevents that.
    name: 'with sessions that each server keeps by itself',
    config: { localSessionsEnabled: 'true', localSessionsUpgradingEnabled: 'true' },
    statesOfMove: ['suspended', 'lost', 'connected'],
  },
];

describe.each(MODES.map((mode) => [mode.name, mode] as const))('a follower that lags and serves, %s', (_name, mode) => {
  const { config, statesOfMove } = mode;
  let ensemble: ZooKeeperEnsemble;
  let clients: ZooKeeperClient[] = [];
  let proxies: FaultProxy[] = [];
  let path = '';
  let number = 0;

  beforeAll(async () => {
    // For so many ticks of 100 ms a follower goes on serving without its leader.
    const options = { tickTime: 100, isFirstRemote: true, config: { syncLimit: '300', ...config } };
    ensemble = await ZooKeeperEnsemble.start(3, options);
  }, scaled(60_000));

  afterAll(() => ensemble?.stop());

  beforeEach(() => {
    number += 1;
    path = `/znode-${number}`;
  });

  afterEach(async () => {
    catchUp();
    await Promise.all(proxies.map((proxy) => proxy.pass()));
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(proxies.map((proxy) => proxy.close()));
    clients = [];
    proxies = [];
  });

  function lag(): void {
    for (const link of ensemble.linksOfFirst) link.delay(60_000);
  }

  function catchUp(): void {
    for (const link of ensemble.linksOfFirst) link.delay(0);
  }

  async function connect(connectString: string, sessionTimeout = LONG): Promise<ZooKeeperClient> {
    const client = new ZooKeeperClient(connectString, { sessionTimeout, logger: new RecordingLogger() });
    clients.push(client);
    return client.connect();
  }

  async function read(client: ZooKeeperClient): Promise<string> {
    const [{ data }, { children }] = await Promise.all([client.getData(path), client.getChildren(path)]);
    return `${data} [${children}]`;
  }

  /** A client that has delivered a change which the follower lacks; a witness reads from the follower. */
  async function setUp(sessionTimeout: number) {
    const [follower, current] = ensemble.servers;
    if (!follower || !current) throw new Error('an ensemble has two servers');
    const toFollower = await FaultProxy.listen(follower);
    const toCurrent = await FaultProxy.listen(current);
    proxies.push(toFollower, toCurrent);
    const writer = await connect(current.connectString);
    await writer.create(path, 'old');
    const witness = await connect(follower.connectString);
    await witness.sync('/');
    toFollower.refuse();
    const client = await connect(`${toFollower.connectString},${toCurrent.connectString}`, sessionTimeout);
    const data = new Recorder<string>();
    const children = new Recorder<string>();
    const watches = [
      new DataWatch(client, path, (value) => data.record(String(value))),
      new ChildrenWatch(client, path, (names) => children.record(names.join())),
    ];
    await Promise.all(watches.map(({ ready }) => ready));

    lag();
    await writer.transaction().setData(path, 'new').create(`${path}/a`).commit();
    await Promise.all([data.untilCount(2), children.untilCount(2)]);
    expect([await read(client), await read(witness)]).toEqual(['new [a]', 'old []']);
    return { client, writer, witness, data, children, follower, toFollower, toCurrent, states: recordStates(client) };
  }

  type Setup = Awaited<ReturnType<typeof setUp>>;

  /** Leaves the client nothing but the follower. */
  async function move({ toFollower, toCurrent }: Setup): Promise<void> {
    await toFollower.accept();
    toCurrent.refuse();
    toCurrent.cut();
  }

  async function expectNothingStale({ writer, data, children }: Setup): Promise<void> {
    await writer.transaction().setData(path, 'newer').create(`${path}/b`).commit();
    await Promise.all([data.untilCount(3), children.untilCount(3)]);
    expect(data.items).toEqual(['old', 'new', 'newer']);
    expect(children.items).toEqual(['', 'a', 'a,b']);
  }

  it('shows nothing older to a client that comes from another server, over a reconnection', async () => {
    const setup = await setUp(LONG);
    const { client, witness, follower, toFollower, states } = setup;
    await move(setup);
    const reading = read(client);
    await eventually(() => toFollower.accepted >= 3, { describe: 'some attempts at the follower' });
    expect(await read(witness)).toBe('old []');
    expect(client.state).toBe('suspended');
    expect(follower.log).toContain('Refusing session request');
    catchUp();
    expect(await reading).toBe('new [a]');
    expect(states.items).toEqual(statesOfMove);
    expect(client.epoch).toBe(0);
    await expectNothingStale(setup);
  });

  it('shows nothing older to it in a new session, however long it lags', async () => {
    const setup = await setUp(SHORT);
    const { client, witness, toFollower, states } = setup;
    await move(setup);
    await states.until((all) => all.includes('lost'));
    // The client drops its last zxid for one attempt once all servers have refused it for a session timeout.
    const { accepted } = toFollower;
    await eventually(() => toFollower.accepted >= accepted + 4, { describe: 'some attempts at the follower' });
    expect(await read(witness)).toBe('old []');
    expect(client.state).toBe('lost');
    // Not before: a request settles within three session timeouts, and the attempts alone may take as long.
    const reading = read(client);
    catchUp();
    expect(await reading).toBe('new [a]');
    expect(states.items).toEqual(['suspended', 'lost', 'connected']);
    expect(client.epoch).toBe(0);
    await expectNothingStale(setup);
  });

  it('shows nothing older to a client that is cut off again and again, and may choose', async () => {
    const setup = await setUp(LONG);
    const { client, writer, witness, data, toFollower, toCurrent } = setup;
    await toFollower.accept();
    const values = ['new'];
    for (let round = 1; round <= 5; round += 1) {
      values.push(`new ${round}`);
      await writer.setData(path, `new ${round}`);
      await data.untilCount(round + 2);
      toCurrent.cut();
      expect(await read(client)).toBe(`new ${round} [a]`);
    }
    expect(await read(witness)).toBe('old []');
    expect(toFollower.accepted).toBeGreaterThan(0);
    expect(data.items).toEqual(['old', ...values]);
  });
});
