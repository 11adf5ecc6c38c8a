import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { DataWatch, ZooKeeperClient } from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { scaled } from '../../../testing/time-factor.js';
import { ZooKeeperEnsemble } from '../../../testing/zookeeper-ensemble.js';
import { recordStates } from '../../support/fixtures.js';
import { isStrictlyIncreasing } from '../../support/recorded-watches.js';

/** An election takes a while, above all on a busy machine. */
const ELECTION = { within: 30_000 };

describe('on an ensemble of three', { timeout: scaled(90_000) }, () => {
  let ensemble: ZooKeeperEnsemble;

  beforeAll(async () => {
    ensemble = await ZooKeeperEnsemble.start(3, { tickTime: 100 });
  });

  afterAll(() => ensemble.stop());

  async function connect(sessionTimeout: number): Promise<ZooKeeperClient> {
    const logger = new RecordingLogger();
    const client = await new ZooKeeperClient(ensemble.connectString, { sessionTimeout, logger }).connect();
    onTestFinished(() => client.close());
    return client;
  }

  async function watch(client: ZooKeeperClient, path: string) {
    const values = new Recorder<string | null>();
    const mzxids: bigint[] = [];
    const { ready } = new DataWatch(client, path, (data, stat) => {
      if (stat) mzxids.push(stat.mzxid);
      values.record(data?.toString() ?? null);
    });
    await ready;
    return { values, mzxids };
  }

  it('watches and sessions go on when the leader is killed', async () => {
    const watching = await connect(15_000);
    const writing = await connect(15_000);
    const { sessionId } = watching;
    await writing.create('/leader-killed', '0');
    const { values, mzxids } = await watch(watching, '/leader-killed');
    const leader = await ensemble.leader();
    await leader.kill();
    await writing.retry(() => writing.setData('/leader-killed', 'after'), { maxAttempts: Number.POSITIVE_INFINITY });
    await values.until((all) => all.at(-1) === 'after', ELECTION);
    expect(watching.sessionId).toBe(sessionId);
    expect(isStrictlyIncreasing(mzxids)).toBe(true);
    await leader.restart();
    await ensemble.followers();
  });

  it('a lost quorum loses the session, not the watch, and no client accepts an older history', async () => {
    const watching = await connect(1_000);
    const writing = await connect(15_000);
    await writing.create('/quorum-lost', '0');
    const { values, mzxids } = await watch(watching, '/quorum-lost');
    const states = recordStates(watching);
    const [first, second] = ensemble.servers.slice(0, 2);
    await Promise.all([first?.kill(), second?.kill()]);
    await states.until((all) => all.includes('lost'), ELECTION);
    await Promise.all([first?.restart(), second?.restart()]);
    await states.until((all) => all.at(-1) === 'connected', ELECTION);
    // The third server may serve the client for a moment, before it notices that the others are gone.
    expect(states.items[0]).toBe('suspended');
    expect(states.items.slice(states.items.indexOf('lost'))).toEqual(['lost', 'connected']);
    expect(watching.epoch).toBe(0);
    await writing.retry(() => writing.setData('/quorum-lost', 'after'), { maxAttempts: Number.POSITIVE_INFINITY });
    await values.until((all) => all.at(-1) === 'after', ELECTION);
    expect(values.items.filter((value, index) => value === values.items[index - 1])).toEqual([]);
    expect(isStrictlyIncreasing(mzxids)).toBe(true);
  });
});
