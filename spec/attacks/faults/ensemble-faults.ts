import { setTimeout as pause } from 'node:timers/promises';
import type { ZooKeeperEnsemble } from '../../../testing/zookeeper-ensemble.js';
import type { Fault, Scene } from './fault.js';

type EnsembleFault = Fault<ZooKeeperEnsemble>;

/** Longer than an election plus the start of a server, in ms. */
const LONG = 20_000;
const SHORT = 3_000;

/** For how many ticks of 100 ms a server goes on serving without its leader. */
export const SYNC_LIMIT = 20;

/** Added for a busy machine, in ms. */
const AT_ONCE = 500;
/** Each attempt at a server that does not run costs up to 500 ms. */
const ALL_TRIED = 2_000;

function refuse({ proxies }: Scene<ZooKeeperEnsemble>): void {
  for (const proxy of proxies) proxy.refuse();
}

async function accept({ proxies }: Scene<ZooKeeperEnsemble>): Promise<void> {
  await Promise.all(proxies.map((proxy) => proxy.accept()));
}

/** Kills two of three, and restarts them once the clients are in the state. */
async function loseQuorum(scene: Scene<ZooKeeperEnsemble>, until: 'suspended' | 'lost'): Promise<void> {
  const two = scene.servers.servers.slice(1);
  refuse(scene);
  await Promise.all(two.map((server) => server.kill()));
  await scene.until(until);
  await Promise.all(two.map((server) => server.restart()));
  await scene.servers.followers();
  await scene.change();
  await accept(scene);
}

/** The faults of an ensemble of three. */
export const ENSEMBLE_FAULTS: readonly EnsembleFault[] = [
  {
    name: 'the leader of three killed',
    sessionTimeout: LONG,
    states: ['suspended', 'connected'],
    suspendedWithin: AT_ONCE,
    connectedWithin: ALL_TRIED,
    event: 'null',
    strike: async (scene) => {
      const leader = await scene.servers.leader();
      refuse(scene);
      await leader.kill();
      await scene.until('suspended');
      await scene.servers.followers();
      await scene.change();
      await accept(scene);
    },
  },
  {
    name: 'a quorum lost and regained',
    sessionTimeout: LONG,
    states: ['suspended', 'connected'],
    suspendedWithin: AT_ONCE,
    connectedWithin: ALL_TRIED,
    event: 'null',
    strike: (scene) => loseQuorum(scene, 'suspended'),
  },
  {
    name: 'a quorum lost for longer than the session timeout',
    sessionTimeout: 1_000,
    states: ['suspended', 'lost', 'connected'],
    suspendedWithin: AT_ONCE,
    connectedWithin: ALL_TRIED,
    event: 'null',
    strike: (scene) => loseQuorum(scene, 'lost'),
  },
  {
    name: 'the own server partitioned off, in a minority',
    sessionTimeout: LONG,
    isAtFirst: true,
    states: ['suspended', 'connected'],
    suspendedWithin: SYNC_LIMIT * 100 + 1_000,
    event: 'null',
    strike: async (scene) => {
      const links = scene.servers.linksOfFirst;
      for (const link of links) link.blackHole();
      await scene.change();
      await scene.until('suspended');
      await scene.until('connected');
      await Promise.all(links.map((link) => link.pass()));
    },
  },
  {
    name: 'the own server lagging, in a minority',
    sessionTimeout: LONG,
    isAtFirst: true,
    states: [],
    event: 'server',
    strike: async (scene) => {
      const links = scene.servers.linksOfFirst;
      for (const link of links) link.delay(SHORT);
      await scene.change();
      await pause(500);
      for (const link of links) link.delay(0);
    },
  },
  {
    name: 'the own server stopped (SIGSTOP), the others not',
    sessionTimeout: SHORT,
    isAtFirst: true,
    states: ['suspended', 'connected'],
    suspendedWithin: (SHORT * 2) / 3 + AT_ONCE,
    event: 'null',
    strike: async (scene) => {
      const [own] = scene.servers.servers;
      own?.pause();
      await scene.change();
      await scene.until('connected');
      own?.resume();
    },
  },
];
