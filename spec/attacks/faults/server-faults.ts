import type { TestServer } from '../../support/test-server.js';
import type { Fault, Scene } from './fault.js';

type ServerFault = Fault<TestServer>;

const T = 3_000;
/** Added for a busy machine, in ms. */
const AT_ONCE = 500;
const SILENCE = (T * 2) / 3 + AT_ONCE;
/** The next traffic is a ping. */
const NEXT_PING = T * 0.3 + AT_ONCE;

function refuseAndCut({ proxies }: Scene<TestServer>): void {
  for (const proxy of proxies) {
    proxy.refuse();
    proxy.cut();
  }
}

async function pass({ proxies }: Scene<TestServer>): Promise<void> {
  await Promise.all(proxies.map((proxy) => proxy.pass()));
}

function blackHole(direction: 'both' | 'to-server' | 'to-client'): Pick<ServerFault, 'strike'> {
  return {
    strike: async (scene) => {
      for (const proxy of scene.proxies) proxy.blackHole(direction);
      await scene.change();
      await scene.until('suspended');
      await pass(scene);
    },
  };
}

const BACK = { sessionTimeout: T, states: ['suspended', 'connected'], event: 'null' } as const;
const ANEW = { sessionTimeout: T, states: ['suspended', 'lost', 'connected'], event: 'null' } as const;
const UNSEEN = { sessionTimeout: T, states: [], event: 'server' } as const;

/** The faults between a client and its server, and of the server. */
export const SERVER_FAULTS: readonly ServerFault[] = [
  {
    name: 'a connection that is closed',
    ...BACK,
    suspendedWithin: AT_ONCE,
    event: 'either',
    strike: async (scene) => {
      for (const proxy of scene.proxies) proxy.cut('fin');
      await scene.change();
    },
  },
  {
    name: 'a connection that is reset',
    ...BACK,
    suspendedWithin: AT_ONCE,
    event: 'either',
    strike: async (scene) => {
      for (const proxy of scene.proxies) proxy.cut('rst');
      await scene.change();
    },
  },
  {
    name: 'a connection that is cut in the middle of a packet from the server',
    ...BACK,
    suspendedWithin: NEXT_PING,
    connectedWithin: NEXT_PING + 500,
    strike: async (scene) => {
      for (const proxy of scene.proxies) proxy.cutAfter(10, 'to-client');
      await scene.change();
    },
  },
  {
    name: 'a connection that is cut in the middle of a packet from the client',
    ...BACK,
    suspendedWithin: NEXT_PING,
    connectedWithin: NEXT_PING + 500,
    event: 'server',
    strike: async (scene) => {
      for (const proxy of scene.proxies) proxy.cutAfter(10, 'to-server');
      await scene.change();
    },
  },
  { name: 'a black hole', ...BACK, suspendedWithin: SILENCE, ...blackHole('both') },
  {
    name: 'a black hole for what the client sends',
    ...BACK,
    suspendedWithin: SILENCE,
    // The notification arrives; the client repeats the read once it is connected again.
    event: 'server',
    ...blackHole('to-server'),
  },
  { name: 'a black hole for what the server sends', ...BACK, suspendedWithin: SILENCE, ...blackHole('to-client') },
  {
    name: 'a server that refuses connections',
    ...BACK,
    suspendedWithin: AT_ONCE,
    strike: async (scene) => {
      refuseAndCut(scene);
      await scene.until('suspended');
      await scene.change();
      await pass(scene);
    },
  },
  {
    name: 'a server that accepts connections and says nothing',
    ...BACK,
    suspendedWithin: AT_ONCE,
    strike: async (scene) => {
      for (const proxy of scene.proxies) {
        proxy.acceptSilently();
        proxy.cut();
      }
      await scene.until('suspended');
      await scene.change();
      await pass(scene);
    },
  },
  {
    name: 'a network that delivers single bytes',
    ...UNSEEN,
    strike: async (scene) => {
      for (const proxy of scene.proxies) proxy.singleBytes(true);
      await scene.change();
      await scene.delivered();
      await pass(scene);
    },
  },
  {
    name: 'a network that delivers 200 ms late in each direction',
    ...UNSEEN,
    strike: async (scene) => {
      for (const proxy of scene.proxies) proxy.delay(200);
      await scene.change();
      await scene.delivered();
      await pass(scene);
    },
  },
  {
    name: 'a session that a server ends, away from the client',
    ...ANEW,
    suspendedWithin: AT_ONCE,
    strike: async (scene) => {
      refuseAndCut(scene);
      await scene.until('suspended');
      await Promise.all(
        scene.clients.map(({ sessionId, sessionPassword }) =>
          scene.servers.expireSession({ id: sessionId ?? 0n, password: sessionPassword ?? Buffer.alloc(16) }),
        ),
      );
      await scene.change();
      await pass(scene);
    },
  },
  {
    name: 'no server for longer than the session timeout',
    ...ANEW,
    suspendedWithin: AT_ONCE,
    strike: async (scene) => {
      refuseAndCut(scene);
      await scene.until('lost');
      await scene.change();
      await pass(scene);
    },
  },
  {
    name: 'a server that is killed and restarted',
    ...BACK,
    sessionTimeout: 20_000,
    suspendedWithin: AT_ONCE,
    strike: async (scene) => {
      for (const proxy of scene.proxies) proxy.refuse();
      await scene.servers.kill();
      await scene.until('suspended');
      await scene.servers.restart();
      await scene.change();
      await pass(scene);
    },
  },
  {
    name: 'a server that is stopped and continued (SIGSTOP, SIGCONT)',
    ...BACK,
    suspendedWithin: SILENCE,
    // The resumed server reads the write and the ended connections in one go.
    event: 'either',
    strike: async (scene) => {
      scene.servers.pause();
      const changed = scene.change();
      await scene.until('suspended');
      scene.servers.resume();
      await changed;
    },
  },
];
