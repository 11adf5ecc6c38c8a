import { createRequire } from 'node:module';
import { expect, onTestFinished } from 'vitest';
import { it, recordStates } from '../../../support/fixtures.js';

interface ConnectionManager {
  xid: number;
  connect(): void;
}

/** Starts the xids of node-zookeeper-client where they are after two billion requests on one connection. */
function startXidsAt(xid: number): void {
  const { prototype } = createRequire(import.meta.url)('node-zookeeper-client/lib/ConnectionManager.js') as {
    prototype: ConnectionManager;
  };
  const { connect } = prototype;
  prototype.connect = function (this: ConnectionManager) {
    this.xid = xid;
    return connect.call(this);
  };
  onTestFinished(() => {
    prototype.connect = connect;
  });
}

it('a client continues when its xids reach 2^31 (node-zookeeper-client counts on, and throws)', async ({ connect }) => {
  startXidsAt(0x7fff_ffff - 50);
  const client = await connect({ sessionTimeout: 30_000 });
  const states = recordStates(client);
  await client.create('/a', 'x');
  const reads = await Promise.all(Array.from({ length: 1_000 }, () => client.exists('/a')));
  expect(reads.every((stat) => stat?.dataLength === 1)).toBe(true);
  expect(states.items).toEqual([]);
});
