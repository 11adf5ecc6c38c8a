/**
 * Measures the embedded server beside a real one, which it starts: pipelined setData and getData, in turn, in several
 * rounds. Also measures the embedded server's start, the heap of 100,000 znodes, and its idle load.
 * `npm run bench:server`.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createRecord, pathAndWatchRecord, setDataRecord } from '../lib/protocol/messages.js';
import { EmbeddedChild } from '../testing/embedded-child.js';
import { NoZooKeeperError } from '../testing/find-zookeeper.js';
import { frameOf, PipelinedClient } from '../testing/pipelined-client.js';
import { ZooKeeperServer } from '../testing/zookeeper-server.js';
import { quantile } from './statistics.js';

const ROUNDS = 9;
const REQUESTS = 40_000;
const WINDOW = 500;
const ZNODES = 1_000;
const MANY = 100_000;
const IDLE_MS = 10_000;

const acl = [{ perms: 31, scheme: 'world', id: 'anyone' }];
const data = Buffer.alloc(100, 'x');
const paths = Array.from({ length: ZNODES }, (_, index) => `/znode-${index}`);
const creations = paths.map((path) => frameOf('create', createRecord, { path, data, acl, flags: 0 }));
const writes = Array.from({ length: REQUESTS }, (_, index) =>
  frameOf('setData', setDataRecord, { path: paths[index % ZNODES] ?? '/', data, version: -1 }),
);
const reads = Array.from({ length: REQUESTS }, (_, index) =>
  frameOf('getData', pathAndWatchRecord, { path: paths[index % ZNODES] ?? '/', watch: false }),
);

function print(label: string, ...values: string[]): void {
  console.log(label.padEnd(34), ...values.map((value) => value.padStart(16)));
}

/** Requests per second by server and request, one figure per round. */
async function rates(ports: ReadonlyMap<string, number>): Promise<Map<string, { set: number[]; get: number[] }>> {
  const clients = new Map<string, PipelinedClient>();
  for (const [name, port] of ports) {
    const client = await PipelinedClient.connect(port);
    await client.run(creations, WINDOW);
    clients.set(name, client);
  }
  const results = new Map([...ports.keys()].map((name) => [name, { set: [] as number[], get: [] as number[] }]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, client] of clients) {
      const set = (REQUESTS / (await client.run(writes, WINDOW))) * 1_000;
      const get = (REQUESTS / (await client.run(reads, WINDOW))) * 1_000;
      // The first round warms up.
      if (round > 0) results.get(name)?.set.push(set);
      if (round > 0) results.get(name)?.get.push(get);
    }
  }
  for (const client of clients.values()) client[Symbol.dispose]();
  return results;
}

async function realServer(): Promise<ZooKeeperServer | null> {
  try {
    return await ZooKeeperServer.start();
  } catch (error) {
    if (!(error instanceof NoZooKeeperError)) throw error;
    console.log(`Without the real server: ${error.message}`);
    return null;
  }
}

using child = new EmbeddedChild();
const before = await child.costs();
print('start of the embedded server', `${before.startMs.toFixed(1)} ms`);

{
  using client = await PipelinedClient.connect(before.port);
  const many = Array.from({ length: MANY }, (_, index) =>
    frameOf('create', createRecord, { path: `/many-${String(index).padStart(10, '0')}`, data, acl, flags: 0 }),
  );
  await client.run(many, WINDOW);
}
const after = await child.costs();
print(`heap of ${MANY} znodes`, `${((after.heap - before.heap) / 1e6).toFixed(1)} MB`);

await pause(1_000);
const rested = await child.costs();
await pause(IDLE_MS);
const idle = await child.costs();
// Each `costs` runs a garbage collection, which is subtracted.
const collection = (await child.costs()).cpuMs - idle.cpuMs;
print(`CPU of ${IDLE_MS / 1_000} idle seconds`, `${Math.max(idle.cpuMs - rested.cpuMs - collection, 0).toFixed(1)} ms`);

await using real = await realServer();
const ports = new Map([['embedded', before.port], ...(real ? [['real', real.port] as const] : [])]);
const results = await rates(ports);
print(`requests/s, median of ${ROUNDS} (min, max)`, ...ports.keys());
for (const request of ['set', 'get'] as const) {
  const cells = [...results.values()].map((result) => {
    const values = result[request].map(Math.round);
    return `${Math.round(quantile(values, 0.5))} (${Math.min(...values)}, ${Math.max(...values)})`;
  });
  print(`  ${request}Data of 100 bytes, pipelined`, ...cells);
}
