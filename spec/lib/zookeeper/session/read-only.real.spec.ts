import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChildrenWatch, type ClientState, DataWatch, ZooKeeperClient } from '../../../../index.js';
import { Recorder } from '../../../../testing/recorder.js';
import { RecordingLogger } from '../../../../testing/recording-logger.js';
import { scaled } from '../../../../testing/time-factor.js';
import { clientTransport } from '../../../../testing/transport.js';
import { ZooKeeperEnsemble } from '../../../../testing/zookeeper-ensemble.js';
import { rejectionOf } from '../../../support/rejection.js';

const SESSION_TIMEOUT = scaled(12_000);
const LONG = { within: 30_000 };

let ensemble: ZooKeeperEnsemble;

/** Local sessions alone may read without a quorum, since ZooKeeper 3.7; an ephemeral znode makes a session global. */
const LOCAL_SESSIONS = { localSessionsEnabled: 'true', localSessionsUpgradingEnabled: 'true' };

beforeAll(async () => {
  ensemble = await ZooKeeperEnsemble.start(3, {
    tickTime: 300,
    javaOptions: ['-Dreadonlymode.enabled=true'],
    config: LOCAL_SESSIONS,
  });
}, 60_000);

afterAll(() => ensemble?.stop());

/** A client, and the states that it has been in. */
function makeClient(options: { sessionTimeout?: number; readOnly?: boolean } = {}) {
  const logger = new RecordingLogger();
  const complete = { sessionTimeout: SESSION_TIMEOUT, readOnly: true, logger, ...clientTransport(), ...options };
  const client = new ZooKeeperClient(ensemble.connectString, complete);
  const states = new Recorder<ClientState>();
  client.on('state', states.record);
  return { client, states };
}

/** Leaves one server, which then reads alone. Returns a function that brings the others back. */
async function loseQuorum(): Promise<() => Promise<void>> {
  const followers = await ensemble.followers();
  const leader = await ensemble.leader();
  const lost = [leader, ...followers].slice(0, 2);
  await Promise.all(lost.map((server) => server.kill()));
  return async () => {
    await Promise.all(lost.map((server) => server.restart()));
    await ensemble.leader();
    await ensemble.followers();
  };
}

describe('an ensemble that loses its quorum', () => {
  it('is read on, rejects writes, and continues the old session when its quorum is back in time', async () => {
    const { client, states } = makeClient();
    const plain = makeClient({ readOnly: false });
    await Promise.all([client.connect(), plain.client.connect()]);
    await client.create('/config', 'one');
    // Makes the session known to the whole ensemble.
    await client.create('/member', '', { mode: 'ephemeral' });
    const seen = new Recorder<string | undefined>();
    const watch = new DataWatch(client, '/config', (data) => void seen.record(data?.toString()));
    await watch.ready;
    const { sessionId } = client;

    const regain = await loseQuorum();
    await states.until((all) => all.at(-1) === 'read-only', LONG);
    expect((await client.getData('/config')).data.toString()).toBe('one');
    expect((await client.getChildren('/')).children.sort()).toEqual(['config', 'member', 'zookeeper']);
    expect(await rejectionOf(client.setData('/config', 'never'))).toMatchObject({
      code: 'NOT_READ_ONLY',
      retryable: true,
    });
    expect(await rejectionOf(client.sync('/'))).toMatchObject({ code: 'NOT_READ_ONLY' });
    expect([client.sessionId, watch.status]).toEqual([sessionId, 'stale']);
    const late = new Recorder<readonly string[] | null>();
    const lateWatch = new ChildrenWatch(client, '/', (children) => void late.record(children));
    await lateWatch.ready;
    expect(plain.client.state).toBe('suspended');

    await regain();
    await states.until((all) => all.at(-1) === 'connected', LONG);
    expect(states.items).toEqual(['connecting', 'connected', 'suspended', 'read-only', ...states.items.slice(4)]);
    expect(states.items).not.toContain('lost');
    expect(client.sessionId).toBe(sessionId);
    expect((await client.exists('/member'))?.ephemeralOwner).toBe(sessionId);
    await client.setData('/config', 'two');
    await client.create('/more');
    await seen.until((all) => all.at(-1) === 'two', LONG);
    await late.until((all) => all.at(-1)?.includes('more') === true, LONG);
    expect(seen.items).toEqual(['one', 'two']);
    watch.stop();
    lateWatch.stop();
    await Promise.all([client.close(), plain.client.close()]);
  }, 120_000);

  it('costs a session that is shorter than the outage: then it is lost once, and reads go on', async () => {
    const { client, states } = makeClient({ sessionTimeout: 2_000 });
    await client.connect();
    await client.create('/short', 'one');
    await client.create('/short-member', '', { mode: 'ephemeral' });
    const { sessionId } = client;
    const regain = await loseQuorum();
    await states.until((all) => all.at(-1) === 'read-only' && all.includes('lost'), LONG);
    expect((await client.getData('/short')).data.toString()).toBe('one');
    expect(client.sessionId).toBeNull();
    await regain();
    await states.until((all) => all.at(-1) === 'connected', LONG);
    expect(states.items.filter((state) => state === 'lost')).toEqual(['lost']);
    expect(client.sessionId).not.toBe(sessionId);
    await client.setData('/short', 'two');
    await client.close();
  }, 120_000);

  it('can be connected to for reading, and gives a session when it has a quorum', async () => {
    const regain = await loseQuorum();
    const { client, states } = makeClient();
    await client.connect({ timeout: 30_000 });
    expect([client.state, client.sessionId]).toEqual(['read-only', null]);
    expect(await client.exists('/zookeeper')).not.toBeNull();
    await regain();
    await states.until((all) => all.at(-1) === 'connected', LONG);
    expect(client.sessionId).not.toBeNull();
    expect(states.items).not.toContain('lost');
    await client.create('/later');
    await client.close();
  }, 120_000);
});
