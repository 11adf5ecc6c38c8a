import type { ZooKeeperClient } from '../../../index.js';
import type { Direction, ProxyFaults } from '../../../testing/fault-proxy.js';
import type { SeededRandom } from '../../../testing/seeded-random.js';
import { busyLoops } from './busy-loop.js';
import type { Chronicle } from './chronicle.js';
import type { ChaosFault, Ongoing, Servers } from './servers.js';

/** In session timeouts: the session expires before the client can notice. */
const BLOCKS_FOR = 1.3;
/** The delay of a handshake, in session timeouts: such as may cost a session, and such as may not. */
const SLOW_HANDSHAKES = [0.05, 0.8] as const;
const HARMLESS_HANDSHAKES = [0.05, 0.5] as const;

/** The faults between clients and servers, and within the client. */
export function faultsOfClients(
  servers: Servers,
  chronicle: Chronicle,
  clients: () => readonly ZooKeeperClient[],
): ChaosFault[] {
  const { proxies, sessionTimeout } = servers;
  return [
    onProxies('cut', 3, proxies, (proxy, random) => proxy.cut(random.chance(0.5) ? 'fin' : 'rst')),
    onProxies('cut in the middle of a packet to the client', 3, proxies, (proxy, random) =>
      cutInPacket(proxy, 'to-client', random),
    ),
    onProxies('cut in the middle of a packet to the server', 3, proxies, (proxy, random) =>
      cutInPacket(proxy, 'to-server', random),
    ),
    onProxies('black hole', 2, proxies, (proxy) => proxy.blackHole()),
    onProxies('black hole to the client', 2, proxies, (proxy) => proxy.blackHole('to-client')),
    onProxies('black hole to the server', 2, proxies, (proxy) => proxy.blackHole('to-server')),
    onProxies('refuse', 2, proxies, (proxy) => {
      proxy.refuse();
      proxy.cut();
    }),
    onProxies('accept and say nothing', 2, proxies, (proxy) => {
      proxy.acceptSilently();
      proxy.cut();
    }),
    onProxies('single bytes', 1, proxies, (proxy) => proxy.singleBytes(true)),
    onProxies('delay', 2, proxies, (proxy, random) => proxy.delay(random.whole(5, 300))),
    onProxies('slow handshakes', 2, proxies, (proxy, random) => {
      slowHandshakes(proxy, SLOW_HANDSHAKES, sessionTimeout);
      if (random.chance(0.7)) proxy.cut();
    }),
    {
      ...onProxies('slow handshakes after a cut', 2, proxies, (proxy) => {
        slowHandshakes(proxy, HARMLESS_HANDSHAKES, sessionTimeout);
        proxy.cut();
      }),
      isHarmless: servers.areApart,
    },
    ...(servers.transport.tls ? corruption(proxies) : faultsInFrames(proxies)),
    expiry(servers, clients),
    ...busyLoops(servers, chronicle),
    blockedLoop(servers, chronicle),
  ];
}

/** Proxies cannot tell the frames of a TLS connection apart. */
function faultsInFrames(proxies: readonly ProxyFaults[]): ChaosFault[] {
  return [
    onProxies('answers to pings only', 2, proxies, (proxy) => proxy.answerPingsOnly()),
    onProxies('SetWatches swallowed', 2, proxies, (proxy) => {
      proxy.swallowSetWatches();
      proxy.cut();
    }),
  ];
}

/** Plain connections have no defence against it, but TLS has. */
function corruption(proxies: readonly ProxyFaults[]): ChaosFault[] {
  return [
    onProxies('a byte to the client changed', 2, proxies, (proxy, random) => corrupt(proxy, 'to-client', random)),
    onProxies('a byte to the server changed', 2, proxies, (proxy, random) => corrupt(proxy, 'to-server', random)),
  ];
}

/** In a TLS handshake after a cut, or in a connection that stands. */
function corrupt(proxy: ProxyFaults, direction: Direction, random: SeededRandom): void {
  proxy.corruptAfter(random.whole(0, 2_000), direction);
  if (random.chance(0.5)) proxy.cut();
}

function onProxies(
  name: string,
  weight: number,
  proxies: readonly ProxyFaults[],
  begin: (proxy: ProxyFaults, random: SeededRandom) => void,
): ChaosFault {
  return {
    name,
    weight,
    begin(random) {
      const hit = random.chance(0.5) ? proxies : [random.pick(proxies)];
      for (const proxy of hit) begin(proxy, random);
      const numbers = hit.map((proxy) => proxies.indexOf(proxy) + 1);
      return { what: `proxy ${numbers}`, end: async () => void (await Promise.all(hit.map((proxy) => proxy.pass()))) };
    },
  };
}

function slowHandshakes(proxy: ProxyFaults, [least, most]: readonly [number, number], sessionTimeout: number): void {
  proxy.delayHandshakes(least * sessionTimeout, most * sessionTimeout);
}

/** Cuts after a random number of bytes, seldom at the end of a packet. */
function cutInPacket(proxy: ProxyFaults, direction: Direction, random: SeededRandom): void {
  proxy.cutAfter(random.whole(1, 400), direction);
}

function expiry(servers: Servers, clients: () => readonly ZooKeeperClient[]): ChaosFault {
  return {
    name: 'session expiry',
    weight: 3,
    async begin(random): Promise<Ongoing> {
      const all = clients();
      const hit = random.chance(0.3) ? all : [random.pick(all)];
      await Promise.all(hit.filter(({ sessionId }) => sessionId !== null).map((client) => servers.expire(client)));
      return { what: `of ${hit.length} of ${all.length} clients`, end() {} };
    },
  };
}

function blockedLoop(servers: Servers, chronicle: Chronicle): ChaosFault {
  return {
    name: 'event loop blocked',
    weight: 1,
    begin() {
      const ms = BLOCKS_FOR * servers.sessionTimeout;
      const until = performance.now() + ms;
      while (performance.now() < until);
      chronicle.blockedUntil = performance.now();
      return { what: `for ${ms} ms`, end() {} };
    },
  };
}
