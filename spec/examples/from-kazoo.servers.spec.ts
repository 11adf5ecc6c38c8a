import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it as plain } from 'vitest';
import { MasterDetector, type MesosMaster } from '../../examples/from-kazoo/mesos-master.js';
import { followServers } from '../../examples/from-kazoo/proxy-updater.js';
import { ZnodeMapping } from '../../examples/from-kazoo/znode-mapping.js';
import type { ZooKeeperClient } from '../../index.js';
import { eventually } from '../../testing/eventually.js';
import { Recorder } from '../../testing/recorder.js';
import { expireSession } from '../../testing/session-killer.js';
import { it } from '../support/fixtures.js';

const EXAMPLES = join(import.meta.dirname, '../../examples/from-kazoo');

/** The lines of such programs on kazoo, imports and comments included. */
const LINES = { 'mesos-master.ts': 40, 'znode-mapping.ts': 60, 'proxy-updater.ts': 50 };

describe('a program that is written with kazoo in public', () => {
  plain.each(Object.entries(LINES))('is no longer on this package: %s', async (file, most) => {
    const text = await readFile(join(EXAMPLES, file), 'utf8');
    expect(text.split('\n').length - 1).toBeLessThanOrEqual(most);
  });
});

describe('the detector of Mesos masters', () => {
  const master = (hostname: string): MesosMaster => ({
    id: hostname,
    hostname,
    address: { ip: '10.0.0.1', port: 5050 },
  });

  const enroll = (client: ZooKeeperClient, hostname: string): Promise<string> =>
    client.create('/mesos/json.info_', JSON.stringify(master(hostname)), {
      mode: 'ephemeral-sequential',
      makePath: true,
    });

  it('reports each leader, and that there is none', async ({ client, connect }) => {
    const leaders = new Recorder<string | null>();
    using _ = new MasterDetector(client, '/mesos', (leader) => leaders.record(leader?.hostname ?? null));
    await leaders.until(([first]) => first === null);

    const [ann, bob] = [await connect(), await connect()];
    await enroll(ann, 'ann');
    await enroll(bob, 'bob');
    await client.create('/mesos/log_replicas');
    await leaders.until((seen) => seen.at(-1) === 'ann');
    await ann.close();
    await leaders.until((seen) => seen.at(-1) === 'bob');
    await bob.close();
    await leaders.until((seen) => seen.at(-1) === null);
    expect(leaders.items).toEqual([null, 'ann', 'bob', null]);
  });

  it('goes on in a new session of its own', async ({ client, port, other }) => {
    const leaders = new Recorder<string | null>();
    using _ = new MasterDetector(client, '/mesos', (leader) => leaders.record(leader?.hostname ?? null));
    await leaders.until(([first]) => first === null);
    await enroll(other, 'ann');
    await leaders.until((seen) => seen.at(-1) === 'ann');
    await expireSession(client, port);
    const [own = ''] = (await other.getChildren('/mesos')).children;
    await other.delete(`/mesos/${own}`);
    await leaders.until((seen) => seen.at(-1) === null);
    expect(leaders.items).toEqual([null, 'ann', null]);
  });
});

describe('the mapping of a DataWatch for each child', () => {
  const contents = ({ values }: ZnodeMapping): Record<string, string> => Object.fromEntries(values);

  it('follows the children and their data, and writes them', async ({ client, other }) => {
    await other.create('/prices/apple', '3', { makePath: true });
    using mapping = new ZnodeMapping(client, '/prices');
    await mapping.ready;
    expect(contents(mapping)).toEqual({ apple: '3' });

    await other.setData('/prices/apple', '4');
    await other.create('/prices/bread', '5');
    await eventually(() => mapping.values.get('apple') === '4' && mapping.values.get('bread') === '5');
    await mapping.set('bread', '6');
    await mapping.set('cheese', '8');
    await mapping.delete('apple');
    const expected = { bread: '6', cheese: '8' };
    await eventually(() => Object.entries(expected).every(([name, price]) => mapping.values.get(name) === price));
    await eventually(() => !mapping.values.has('apple'));
    expect(contents(mapping)).toEqual(expected);
  });

  it('is the same after a session expiry in which everything has changed', async ({ client, other, port }) => {
    await other.create('/prices/apple', '3', { makePath: true });
    using mapping = new ZnodeMapping(client, '/prices');
    await mapping.ready;
    await expireSession(client, port);
    await other.delete('/prices/apple');
    await other.delete('/prices');
    await other.create('/prices/apple', '9', { makePath: true });
    await eventually(() => mapping.values.get('apple') === '9');
    expect(contents(mapping)).toEqual({ apple: '9' });
  });
});

describe('the updater of a proxy', () => {
  /** Answers the commands of the runtime API as HAProxy does. */
  async function startProxy() {
    const folder = await mkdtemp(join(tmpdir(), 'spec-haproxy-'));
    const socket = join(folder, 'admin.sock');
    const servers = new Set<string>();
    const commands = new Recorder<string>();
    const server = createServer({ allowHalfOpen: true }, (connection) => {
      connection.once('data', (bytes) => {
        const line = bytes.toString().trim();
        commands.record(line);
        const [verb, , place = ''] = line.split(' ');
        const [, name = ''] = place.split('/');
        if (verb === 'add') servers.add(name);
        if (verb === 'del') servers.delete(name);
        const rows = [...servers].map((each, index) => `3 web ${index + 1} ${each} 10.0.0.1 2 0 1`);
        const isList = line === 'show servers state web';
        connection.end(isList ? `1\n# be_id be_name srv_id srv_name srv_addr\n${rows.join('\n')}\n\n` : '\n');
      });
    });
    server.listen(socket);
    await once(server, 'listening');
    return {
      ...{ socket, servers, commands },
      async [Symbol.asyncDispose]() {
        server.close();
        await rm(folder, { recursive: true });
      },
    };
  }

  it('adds and removes the servers that came and went, and no other', async ({ client, other }) => {
    await using proxy = await startProxy();
    using watch = followServers(client, '/web', { socket: proxy.socket, backend: 'web' });
    await watch.ready;
    await other.create('/web/10.0.0.1:80', '', { makePath: true });
    await proxy.commands.until((lines) => lines.at(-1) === 'enable server web/10.0.0.1:80');
    await other.transaction().create('/web/10.0.0.2:80').delete('/web/10.0.0.1:80').commit();
    await proxy.commands.until((lines) => lines.at(-1) === 'enable server web/10.0.0.2:80');
    expect([...proxy.servers]).toEqual(['10.0.0.2:80']);
    expect(proxy.commands.items.filter((line) => !line.startsWith('show'))).toEqual([
      'add server web/10.0.0.1:80 10.0.0.1:80',
      'enable server web/10.0.0.1:80',
      'disable server web/10.0.0.1:80',
      'del server web/10.0.0.1:80',
      'add server web/10.0.0.2:80 10.0.0.2:80',
      'enable server web/10.0.0.2:80',
    ]);
  });

  it('repairs a proxy that has forgotten its servers, at the next change', async ({ client, other }) => {
    await using proxy = await startProxy();
    await other.create('/web/10.0.0.1:80', '', { makePath: true });
    using watch = followServers(client, '/web', { socket: proxy.socket, backend: 'web' });
    await watch.ready;
    proxy.servers.clear();
    await other.create('/web/10.0.0.2:80');
    await eventually(() => proxy.servers.has('10.0.0.2:80'));
    expect([...proxy.servers]).toEqual(['10.0.0.1:80', '10.0.0.2:80']);
  });
});
