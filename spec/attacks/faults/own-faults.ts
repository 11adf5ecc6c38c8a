import { setTimeout as pause } from 'node:timers/promises';
import type { ZooKeeperServer } from '../../../testing/zookeeper-server.js';
import type { Fault } from './fault.js';

const T = 2_000;
const BLOCKED = "the client's own event loop blocked for longer than the session timeout";

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** What a client does to itself. Nothing of the servers or the proxies may run in its process. */
export const OWN_FAULTS: readonly Fault<ZooKeeperServer>[] = [
  {
    name: `${BLOCKED}, with a change at its beginning`,
    sessionTimeout: T,
    states: ['suspended', 'lost', 'connected'],
    // The notification waits to be read, and so does the end of the connection after it.
    event: 'either',
    strike: async ({ changeFromOutside }) => {
      // What was sent by now is on its way.
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
