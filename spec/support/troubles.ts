import type { ClientState, ZooKeeperClient } from '../../index.js';
import type { FaultProxy } from '../../testing/fault-proxy.js';
import { expireSession } from '../../testing/session-killer.js';
import { recordStates } from './fixtures.js';

/** A client behind a proxy. */
export interface TroubledScene {
  readonly proxy: FaultProxy;
  /** Ends the client's session on the server. */
  readonly expire: () => Promise<void>;
  /** Resolves when the client has been in the state since the trouble began. */
  readonly until: (state: ClientState) => Promise<unknown>;
}

/** The scene of a client, which begins now. @param port of the server behind the proxy */
export function troubledScene(client: ZooKeeperClient, proxy: FaultProxy, port: number): TroubledScene {
  const states = recordStates(client);
  return {
    proxy,
    expire: () => expireSession(client, port),
    until: (state) => states.until((seen) => seen.includes(state)),
  };
}

/** A fault that lasts from `begin` to `end`. */
export interface Trouble {
  readonly name: string;
  readonly begin: (scene: TroubledScene) => unknown;
  readonly end?: (scene: TroubledScene) => unknown;
}

/** Faults that end a connection, and cost no session. */
export const CONNECTION_TROUBLES: readonly Trouble[] = [
  { name: 'a connection that is closed', begin: ({ proxy }) => proxy.cut('fin') },
  { name: 'a connection that is reset', begin: ({ proxy }) => proxy.cut('rst') },
  {
    name: 'a server that is down',
    begin: async ({ proxy, until }) => {
      proxy.refuse();
      proxy.cut();
      await until('suspended');
    },
    end: ({ proxy }) => proxy.accept(),
  },
  { name: 'a packet that is received by half', begin: ({ proxy }) => proxy.cutAfter(10, 'to-client') },
  { name: 'a request that is sent by half', begin: ({ proxy }) => proxy.cutAfter(10, 'to-server') },
  {
    name: 'a handshake that is received by half',
    begin: ({ proxy }) => {
      proxy.cut();
      proxy.cutAfter(20, 'to-client');
    },
  },
  {
    name: 'packets that come byte by byte',
    begin: ({ proxy }) => {
      proxy.singleBytes(true);
      proxy.cut();
    },
  },
  {
    name: 'a server that falls silent',
    begin: async ({ proxy, until }) => {
      proxy.blackHole();
      await until('suspended');
    },
    end: ({ proxy }) => proxy.pass(),
  },
  {
    name: 'a server whose words do not come through',
    begin: async ({ proxy, until }) => {
      proxy.blackHole('to-client');
      await until('suspended');
    },
    end: ({ proxy }) => proxy.pass(),
  },
  {
    name: 'a server that accepts and says nothing',
    begin: async ({ proxy, until }) => {
      proxy.acceptSilently();
      proxy.cut();
      await until('suspended');
    },
    end: ({ proxy }) => proxy.pass(),
  },
];

/** The loss of a session. */
export const EXPIRIES: readonly Trouble[] = [
  { name: 'a session that expires', begin: ({ expire }) => expire() },
  {
    name: 'a session that expires unseen while there is no server',
    begin: async ({ proxy, until, expire }) => {
      proxy.refuse();
      proxy.cut();
      await until('suspended');
      await expire();
    },
    end: ({ proxy }) => proxy.accept(),
  },
];
