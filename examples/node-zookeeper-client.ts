/**
 * A DataWatch in a service that is on node-zookeeper-client, and stays there: the four marked lines are all that is
 * added. `npx tsx examples/node-zookeeper-client.ts`
 */
import { createClient } from 'node-zookeeper-client';
import { DataWatch, ZooKeeperClient } from '../index.js'; // added
import { fromNodeZooKeeperClient } from '../lib/node-zookeeper-client/index.js'; // added
import { eventually } from '../testing/eventually.js';
import { chapter, inSandbox, say } from './sandbox.js';

await inSandbox(async ({ connectString, logger }) => {
  // ---------- The service, as it was ----------

  chapter('A service on node-zookeeper-client');
  const client = createClient(connectString);
  client.connect();
  client.once('connected', () => {
    client.create('/flag', Buffer.from('off'), () => say('service', 'runs'));
  });

  // ---------- What is added ----------

  let flag: string | undefined;
  const apply = (value: string): void => {
    flag = value;
    say('flag', value);
  };
  const coordination = fromNodeZooKeeperClient(client, { logger }); // added
  new DataWatch(coordination, '/flag', (data) => apply(data ? String(data) : 'missing')); // added

  // ---------- The outside world: an operator with a client of their own ----------

  await using operator = await new ZooKeeperClient(connectString, { logger }).connect();
  await eventually(() => flag === 'off');
  await operator.setData('/flag', 'on');
  await eventually(() => flag === 'on');

  chapter('The service goes on with its own calls');
  await new Promise((resolve) => client.setData('/flag', Buffer.from('off again'), resolve));
  await eventually(() => flag === 'off again');

  chapter('The service shuts down, as it was');
  coordination.on('state', (state) => say('watches', state));
  client.close();
  await eventually(() => coordination.state === 'closed');
});
