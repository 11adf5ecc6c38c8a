import type { ZooKeeperClient } from '../../../index.js';
import type { Direction, FaultProxy } from '../../../testing/fault-proxy.js';
import type { Chronicle } from './chronicle.js';
import type { Dice } from './dice.js';
import type { FaultKind, Ongoing, Stage } from './stage.js';

/** Longer than the session timeout, so that the session is over before the client can know. */
const BLOCKS_FOR = 1.3;

/** What can happen between client and server, and within the client. */
export function faultsOfClients(
  stage: Stage,
  chronicle: Chronicle,
  clients: () => readonly ZooKeeperClient[],
): FaultKind[] {
  const { proxies } = stage;
  return [
    onProxies('cut', 3, proxies, (proxy, dice) => proxy.cut(dice.chance(0.5) ? 'fin' : 'rst')),
    onProxies('cut in the middle of a packet to the client', 3, proxies, (proxy, dice) =>
      cutInPacket(proxy, 'to-client', dice),
    ),
    onProxies('cut in the middle of a packet to the server', 3, proxies, (proxy, dice) =>
      cutInPacket(proxy, 'to-server', dice),
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
    onProxies('delay', 2, proxies, (proxy, dice) => proxy.delay(dice.whole(5, 300))),
    expiry(stage, clients),
    blockedLoop(stage, chronicle),
  ];
}

function onProxies(
  name: string,
  weight: number,
  proxies: readonly FaultProxy[],
  begin: (proxy: FaultProxy, dice: Dice) => void,
): FaultKind {
  return {
    name,
    weight,
    begin(dice) {
      const hit = dice.chance(0.5) ? proxies : [dice.pick(proxies)];
      for (const proxy of hit) begin(proxy, dice);
      const numbers = hit.map((proxy) => proxies.indexOf(proxy) + 1);
      return { what: `proxy ${numbers}`, end: async () => void (await Promise.all(hit.map((proxy) => proxy.pass()))) };
    },
  };
}

/** After so many bytes the connection ends, which is seldom where a packet does. */
function cutInPacket(proxy: FaultProxy, direction: Direction, dice: Dice): void {
  proxy.cutAfter(dice.whole(1, 400), direction);
}

function expiry(stage: Stage, clients: () => readonly ZooKeeperClient[]): FaultKind {
  return {
    name: 'session expiry',
    weight: 3,
    async begin(dice): Promise<Ongoing> {
      const all = clients();
      const hit = dice.chance(0.3) ? all : [dice.pick(all)];
      await Promise.all(hit.filter(({ sessionId }) => sessionId !== null).map((client) => stage.expire(client)));
      return { what: `of ${hit.length} of ${all.length} clients`, end() {} };
    },
  };
}

function blockedLoop(stage: Stage, chronicle: Chronicle): FaultKind {
  return {
    name: 'event loop blocked',
    weight: 1,
    begin() {
      const ms = BLOCKS_FOR * stage.sessionTimeout;
      const until = performance.now() + ms;
      while (performance.now() < until);
      chronicle.blockedUntil = performance.now();
      return { what: `for ${ms} ms`, end() {} };
    },
  };
}
