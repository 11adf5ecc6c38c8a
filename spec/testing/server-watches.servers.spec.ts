import { expect, it } from 'vitest';
import { ZooKeeperClient } from '../../index.js';
import { freePort } from '../../testing/free-port.js';
import { heldWatches } from '../../testing/server-watches.js';
import { clientTransport } from '../../testing/transport.js';
import { startServer } from '../support/test-server.js';

it('reads from a server the watches of data by path and session, and the number of those of children', async () => {
  await using server = await startServer();
  await using client = await new ZooKeeperClient(server.connectString, clientTransport()).connect();
  await using other = await new ZooKeeperClient(server.connectString, clientTransport()).connect();
  const session = ({ sessionId }: ZooKeeperClient) => `0x${(sessionId ?? 0n).toString(16)}`;
  await client.create('/a');
  expect(await heldWatches([server.port])).toEqual({ data: [], children: 0 });
  await Promise.all([client.getData('/a', () => {}), other.getData('/a', () => {}), other.exists('/b', () => {})]);
  await Promise.all([client.getChildren('/a', () => {}), client.getChildren('/', () => {})]);
  const data = [`/a ${session(client)}`, `/a ${session(other)}`, `/b ${session(other)}`];
  expect(await heldWatches([server.port])).toEqual({ data: data.sort(), children: 2 });
});

it('takes a server that does not run for one without watches', async () => {
  expect(await heldWatches([await freePort()])).toEqual({ data: [], children: 0 });
});
