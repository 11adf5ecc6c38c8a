import { expect } from 'vitest';
import type { Connector } from '../../../../lib/zookeeper/connection/connection.js';
import { connectTcp } from '../../../../lib/zookeeper/connection/socket.js';
import { CONNECTOR } from '../../../../lib/zookeeper/options.js';
import { it, recordStates } from '../../../support/fixtures.js';

it('a client continues when its xids reach 2^31 (node-zookeeper-client counts on, and throws)', async ({ connect }) => {
  const firstXid = 0x7fff_ffff - 50;
  const connector: Connector = (options, handlers) => connectTcp({ ...options, firstXid }, handlers);
  const options = { sessionTimeout: 30_000, [CONNECTOR]: connector };
  const client = await connect(options);
  const states = recordStates(client);
  await client.create('/a', 'x');
  const reads = await Promise.all(Array.from({ length: 1_000 }, () => client.exists('/a')));
  expect(reads.every((stat) => stat?.dataLength === 1)).toBe(true);
  expect(states.items).toEqual([]);
});
