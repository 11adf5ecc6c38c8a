import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import type { ZooKeeperClient } from '../../../index.js';
import { type Behaviour, ZOOKEEPER_3_5, ZOOKEEPER_3_8 } from '../../../lib/embedded/behaviour.js';
import type { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { BEHAVIOUR } from '../../../lib/embedded/options.js';
import { eventually } from '../../../testing/eventually.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { SeededRandom } from '../../../testing/seeded-random.js';
import { expireSession } from '../../../testing/session-killer.js';
import { scaled } from '../../../testing/time-factor.js';
import { it } from '../../support/embedded-fixtures.js';
import { type FollowedTree, FollowingSubscription, FollowingWatch } from './followed-trees.js';
import { RandomTreeWriter, readZnodes } from './random-trees.js';

const ROUND = 200;
const ROOT = '/root';
const SESSION_TIMEOUT = 1_000;

/** A client behind two proxies, which stand for two servers. */
interface Scene {
  readonly server: EmbeddedZooKeeper;
  readonly proxies: readonly [FaultProxy, FaultProxy];
  readonly client: ZooKeeperClient;
  readonly random: SeededRandom;
}

type Trouble = (scene: Scene) => Promise<void> | void;

const cutAll = ({ proxies }: Scene, how?: 'fin' | 'rst'): void => {
  for (const proxy of proxies) proxy.cut(how);
};

const expire = async ({ client, server }: Scene): Promise<void> => {
  if (client.sessionId !== null) await expireSession(client, server.port);
};

/** Faults, with the time that they last. */
const TROUBLES = {
  none: () => {},
  cut: (scene) => cutAll(scene),
  reset: (scene) => cutAll(scene, 'rst'),
  'packet received by half': ({ proxies, random }) => {
    for (const proxy of proxies) proxy.cutAfter(random.whole(1, 3_000), 'to-client');
  },
  'request sent by half': ({ proxies, random }) => {
    for (const proxy of proxies) proxy.cutAfter(random.whole(1, 500), 'to-server');
  },
  'change of the server': async (scene) => {
    const leaving = scene.random.pick(scene.proxies);
    leaving.refuse();
    leaving.cut();
    await pause(scene.random.whole(0, 100));
    await leaving.accept();
  },
  outage: async (scene) => {
    for (const proxy of scene.proxies) proxy.refuse();
    cutAll(scene);
    await pause(scene.random.whole(0, 200));
    for (const proxy of scene.proxies) await proxy.accept();
  },
  silence: async ({ proxies, random }) => {
    for (const proxy of proxies) proxy.blackHole();
    await pause(random.whole(0, SESSION_TIMEOUT));
    for (const proxy of proxies) await proxy.pass();
  },
  expiry: (scene) => expire(scene),
  'expiry amid an outage': async (scene) => {
    const { random, proxies } = scene;
    for (const proxy of proxies) proxy.refuse();
    cutAll(scene);
    await expire(scene);
    await pause(random.whole(0, 100));
    for (const proxy of proxies) await proxy.accept();
  },
  restart: async ({ server, random }) => {
    await server.stop();
    await pause(random.whole(0, 100));
    await server.restart();
  },
} satisfies Record<string, Trouble>;

const NAMES = Object.keys(TROUBLES) as (keyof typeof TROUBLES)[];

/** The differences between what the followers were given and the server's znodes. */
async function differences(followers: readonly FollowedTree[], other: ZooKeeperClient): Promise<string[]> {
  const actual = await readZnodes(other, ROOT);
  return followers.flatMap(({ audit, name }) => {
    const before = audit.violations.length;
    audit.expectEqual(actual, name);
    return audit.violations.splice(before);
  });
}

interface Case {
  readonly seed: number;
  readonly behaviour: Behaviour;
  readonly name: string;
  readonly operations: number;
}

const CASES: readonly Case[] = [
  { seed: 1, behaviour: ZOOKEEPER_3_8, name: 'recursive watches', operations: 20_000 },
  { seed: 2, behaviour: ZOOKEEPER_3_5, name: 'one-shot watches', operations: 10_000 },
];

describe('after random operations through cuts, expiries, changes of the server and restarts', () => {
  it.for(CASES)(
    'a TreeWatch, a subscription and one that was resumed at random have the tree of the server ($operations, $name, seed $seed)',
    { timeout: 600_000 },
    async ({ seed, behaviour, operations }, { start, connect }) => {
      const server = await start({ [BEHAVIOUR]: behaviour });
      await using one = await FaultProxy.listen({ port: server.port });
      await using two = await FaultProxy.listen({ port: server.port });
      const connectString = `${one.connectString},${two.connectString}`;
      const client = await connect({ connectString, sessionTimeout: SESSION_TIMEOUT });
      const other = await connect({ connectString: server.connectString });
      const writer = new RandomTreeWriter(other, ROOT, SeededRandom.of(seed, 'operations'));
      const watch = new FollowingWatch(client, ROOT, SeededRandom.of(seed, 'watch'));
      const steady = new FollowingSubscription('the subscription', client, ROOT, SeededRandom.of(seed, 'steady'));
      const resumed = new FollowingSubscription('the resumed one', client, ROOT, SeededRandom.of(seed, 'resumed'));
      await Promise.all([watch.watch.ready, steady.ready, resumed.ready]);
      const random = SeededRandom.of(seed, 'troubles');
      const scene: Scene = { server, proxies: [one, two], client, random };
      while (writer.operations < operations) {
        const trouble: Trouble = TROUBLES[random.pick(NAMES)];
        await Promise.all([writer.write(ROUND), trouble(scene)]);
        if (random.chance(0.4)) await resumed.resume();
        if (random.chance(0.3)) continue;
        // The next trouble hits a client that follows again.
        await client.connect({ timeout: scaled(10_000) });
        await Promise.all([writer.write(ROUND), eventually(() => watch.watch.status === 'fresh')]);
        if (random.chance(0.4)) await resumed.resume();
      }

      for (const proxy of scene.proxies) await proxy.pass();
      await client.connect({ timeout: scaled(10_000) });
      await other.connect({ timeout: scaled(10_000) });
      const followers = [watch, steady, resumed];
      let left: string[] = [];
      await eventually(
        async () => {
          left = await differences(followers, other);
          return left.length === 0;
        },
        { within: 20_000, describe: 'the tree of the server' },
      ).catch(() => {});
      expect(left).toEqual([]);
      await eventually(() => watch.watch.status === 'fresh');
      for (const { audit, name } of followers)
        expect({ name, violations: audit.violations }).toEqual({ name, violations: [] });
      // The writer was busy all the time, and so were the followers.
      for (const { calls } of followers) expect(calls.items.length).toBeGreaterThan(operations / ROUND);
      for (const follower of followers) await follower.stop();
    },
  );
});
