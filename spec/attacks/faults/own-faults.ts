import { setTimeout as pause } from 'node:timers/promises';
import type { ZooKeeperServer } from '../../../testing/zookeeper-server.js';
import type { Fault } from './fault.js';

const T = 2_000;
const BLOCKED = "the client's own event loop blocked for longer than the session timeout";

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** The faults of the client's own process. Neither servers nor proxies may run in it. */
export const OWN_FAULTS: readonly Fault<ZooKeeperServer>[] = [
  {
    name: `${BLOCKED}, with a change at its beginning`,
    sessionTimeout: T,
    states: ['suspended', 'lost', 'connected'],
    // The notification waits in the socket, followed by the end of the connection.
    event: 'either',
    strike: async ({ changeFromOutside }) => {
      // Lets the socket send its queue.
      await pause(1);
      changeFromOutside();
      standStill(T * 1.5);
    },
  },
  {
    name: `${BLOCKED}, with a change after the session has ended`,
    sessionTimeout: T,
    states: ['suspended', 'lost', 'connected'],
    event: 'null',
    strike: async ({ changeFromOutside }) => {
      await pause(1);
      standStill(T * 1.5);
      changeFromOutside();
    },
  },
];
