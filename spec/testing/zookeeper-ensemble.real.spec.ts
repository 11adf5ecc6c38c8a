import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZooKeeperEnsemble } from '../../testing/zookeeper-ensemble.js';

describe('ZooKeeperEnsemble', () => {
  let ensemble: ZooKeeperEnsemble;

  beforeAll(async () => {
    ensemble = await ZooKeeperEnsemble.start();
  });

  afterAll(() => ensemble?.stop());

  it('has one leader and otherwise followers', async () => {
    const leader = await ensemble.leader();
    const followers = await ensemble.followers();
    expect(new Set([leader, ...followers])).toEqual(new Set(ensemble.servers));
    expect(ensemble.connectString.split(',')).toEqual(ensemble.servers.map((server) => server.connectString));
  });

  it('elects another leader when the leader is killed, and takes it back as a follower', async () => {
    const first = await ensemble.leader();
    await first.kill();
    const second = await ensemble.leader();
    expect(second).not.toBe(first);
    expect((await ensemble.followers()).length).toBe(1);
    await first.restart();
    expect(await ensemble.followers()).toContain(first);
  });

  it('elects another leader when the leader is paused', async () => {
    const first = await ensemble.leader();
    first.pause();
    expect(await ensemble.leader()).not.toBe(first);
    first.resume();
    expect(await ensemble.followers()).toContain(first);
  });

  it('does not serve without a majority', async () => {
    const [survivor, ...others] = ensemble.servers;
    await Promise.all(others.map((server) => server.kill()));
    await expect.poll(() => survivor?.mode(), { timeout: 10_000 }).toBeNull();
    await Promise.all(others.map((server) => server.restart()));
    expect((await ensemble.followers()).length).toBe(2);
  });
});
