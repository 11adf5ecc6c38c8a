import { beforeAll, describe, expect, it } from 'vitest';
import { RUNTIMES } from '../../testing/supported-versions.js';
import { Consumer } from './consumer.js';

/** Prints what the three watches saw over a cut and an expiry, and ends by itself. */
const PROGRAM = `
import { ChildrenWatch, DataWatch, PatientChildrenWatch, ZooKeeperClient } from 'zk-recipes';
import { EmbeddedZooKeeper } from 'zk-recipes/embedded';

const logger = { debug() {}, info() {}, warn() {}, error: console.error };
const server = await EmbeddedZooKeeper.start({ logger });
const client = await new ZooKeeperClient(server.connectString, { logger }).connect();
const other = await new ZooKeeperClient(server.connectString, { logger }).connect();
await client.create('/workers/one', 'v1', { makePath: true });

const seen = { data: [], children: [], states: [] };
const waiting = new Set();
const changed = () => waiting.forEach((check) => check());
const until = (holds) => new Promise((resolve) => {
  const check = () => {
    if (!holds()) return;
    waiting.delete(check);
    resolve();
  };
  waiting.add(check);
  check();
});
client.on('state', (state) => {
  seen.states.push(state);
  changed();
});
const data = new DataWatch(client, '/workers/one', (value) => {
  seen.data.push(String(value));
  changed();
});
const children = new ChildrenWatch(client, '/workers', (names) => {
  seen.children.push(names.toSorted().join());
  changed();
});
await Promise.all([data.ready, children.ready]);
const patient = await new PatientChildrenWatch(client, '/workers', { timeBoundary: 50 }).start();

server.dropConnections(client.sessionId);
await other.setData('/workers/one', 'v2');
await other.create('/workers/two');
await until(() => seen.data.includes('v2') && seen.children.includes('one,two'));
await patient.changed;

server.expireSession(client.sessionId);
await other.setData('/workers/one', 'v3');
await until(() => seen.data.includes('v3') && seen.states.includes('lost'));

await Promise.all([client.close(), other.close()]);
await server.close();
const runtime = globalThis.Deno ? 'Deno ' + Deno.version.deno : process.versions.bun ? 'Bun ' + process.versions.bun : 'Node ' + process.versions.node;
console.log(JSON.stringify({ runtime, ...seen, patient: patient.children, stopped: data.stopped && children.stopped }));
`;

/** The entries that need no further package. */
const ENTRIES = ['', '/blobs', '/embedded', '/http', '/pollers', '/remote', '/testing'];

/** Loads each entry in both ways, which yield the same classes. */
const COMMONJS = `
const loaded = ${JSON.stringify(ENTRIES)}.map((entry) => require('zk-recipes' + entry));
const { DataWatch, NoNodeError, ZooKeeperClient } = loaded[0];
const { EmbeddedZooKeeper } = loaded[2];
(async () => {
  const server = await EmbeddedZooKeeper.start();
  const client = await new ZooKeeperClient(server.connectString).connect();
  await client.create('/config', 'v1');
  const values = [];
  await new DataWatch(client, '/config', (data) => void values.push(String(data))).ready;
  const error = await client.getData('/none').catch((reason) => reason);
  const imported = await import('zk-recipes');
  const isSame = imported.NoNodeError === NoNodeError && error instanceof NoNodeError;
  await client.close();
  await server.close();
  console.log(JSON.stringify({ entries: loaded.filter((entry) => Object.keys(entry).length > 0).length, values, isSame }));
})();
`;

const PERMISSIONS = ['run', '--no-prompt', '--allow-net'];

describe('the packed package', () => {
  let consumer: Consumer;
  const alias = (name: string, version: string): string => `${name.toLowerCase()}-${version.replaceAll('.', '-')}`;

  beforeAll(async () => {
    const packages = RUNTIMES.map((runtime) => {
      return `${alias(runtime.name, runtime.version)}@npm:${runtime.package}@${runtime.version}`;
    });
    consumer = await Consumer.install(...packages);
    await consumer.write('program.js', PROGRAM);
    await consumer.write('commonjs.cjs', COMMONJS);
    return () => consumer.remove();
  });

  it.each(RUNTIMES)('runs on $name $version', async ({ name, version, program }) => {
    const command = `./node_modules/${alias(name, version)}/${program}`;
    const { code, output } = await consumer.run(command, ...(name === 'Deno' ? PERMISSIONS : []), 'program.js');
    expect(output).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(output)).toEqual({
      runtime: expect.stringMatching(`^${name} ${version}\\.`),
      data: ['v1', 'v2', 'v3'],
      children: ['one', 'one,two'],
      states: ['suspended', 'connected', 'suspended', 'lost', 'connected', 'closed'],
      patient: ['one'],
      stopped: true,
    });
    expect(code).toBe(0);
  });

  it.each(RUNTIMES.filter(({ name }) => name !== 'Deno'))(
    'is loaded by require() on $name $version',
    async (runtime) => {
      const command = `./node_modules/${alias(runtime.name, runtime.version)}/${runtime.program}`;
      const { code, output } = await consumer.run(command, 'commonjs.cjs');
      // Node 20.19 prints a warning besides.
      expect(JSON.parse(/^\{.*\}$/m.exec(output)?.[0] ?? output)).toEqual({
        entries: ENTRIES.length,
        values: ['v1'],
        isSame: true,
      });
      expect(code).toBe(0);
    },
  );
});
