import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ZooKeeperClient } from '../../index.js';
import { EmbeddedZooKeeper } from '../../lib/embedded/index.js';
import { EXAMPLES, missingFrom, runExample as run, type Story } from '../support/run-example.js';

/** The lines that each example prints, in this order, among others. */
const STORIES: Readonly<Record<string, Story>> = {
  demo: [
    'client    connected',
    'config    does not exist   (first call or recovery)',
    'config    is "v0", version 0   (NodeCreated)',
    'config    is "v10", version 10   (NodeDataChanged)',
    /^story {5}10 changes, ([1-9]|10) calls$/,
    'config    does not exist   (NodeDeleted)',
    'config    is "reborn", version 0   (NodeCreated)',
    'group     [ann, bob, cid]',
    'group     [ann, cid]',
    'settled   [ann, cid, dan]',
    'client    lost',
    'client    connected',
    /^story {5}session 0x[0-9a-f]+ is now 0x[0-9a-f]+$/,
    'settled   no longer: NodeChildrenChanged',
    'config    the watch has stopped: returned-false',
    'tree      created /shop, created /shop/apple, created /shop/bread: 3 znodes',
    'line      suspended',
    'line      connected',
    'tree      modified /shop/apple, recreated /shop/bread, created /shop/cheese: 4 znodes',
    'buyer     created /shop/dates',
    /^story {5}the subscription is closed, \d+ bytes are kept$/,
    'buyer     deleted /shop/apple',
    'buyer     created /shop/figs',
    'group     []',
    'client    closed',
  ],
  inbox: [
    'The first process has worked on one.txt: the first order.',
    'The second process has worked on two.txt: came while nobody was there and three.txt: came later.',
  ],
  'configuration-reload': [
    'config    log level info, 4 connections',
    'config    log level debug, 4 connections',
    'config    version 1 is invalid, the last valid one stays: TypeError: poolSize must be a whole number from 1',
    'config    log level info, 8 connections',
    'config    log level info, 4 connections',
    'config    the thread has closed its client, and has ended',
  ],
  'group-membership': [
    'ann       sees ann, bob, cid',
    'bob shuts down',
    'ann       sees ann, cid',
    /^log {7}lost: session 0x\w+ is gone: /,
    'ann       sees ann, cid',
    /^log {7}lost: session 0x\w+ is gone: /,
    'cid       finds ann, in a new session',
  ],
  'work-partitioning': [
    'ann takes orders-0, orders-3',
    /^cid dies/,
    'ann takes orders-0, orders-2, orders-4',
    /^log {7}lost: session 0x\w+ is gone: /,
    'ann takes orders-0, orders-2, orders-4',
    'story     all workers have stopped',
  ],
  'feature-flags': [
    'customer  sees the old checkout   (connection: keep-alive)',
    'customer  sees the new checkout   (connection: keep-alive)',
    /^flags {5}unreadable, the last ones stay: SyntaxError/,
    'customer  sees the new checkout   (connection: keep-alive)',
    'SIGTERM comes in the middle of a request',
    'customer  sees the new checkout   (connection: close)',
    'service   has shut down, the client is closed',
    'customer  is no longer served',
  ],
  'local-copy': [
    'copy      0 znodes from the file',
    'copy      apple 1.20, bread 3.50',
    'copy      apple 1.30, bread 3.50',
    /^log {7}lost: session 0x\w+ is gone: /,
    'copy      apple 1.30, bread 3.50, cheese 8.00',
    'copy      4 znodes from the file',
    'copy      apple 1.30, cheese 7.50, dates 4.20',
  ],
  'decorated-class': [
    'mail: at most 10 messages',
    'invoices: at most 500 messages',
    'mail: read by [ann]',
    /^log {7}lost: session 0x\w+ is gone: /,
    'mail: at most 20 messages',
  ],
  'node-zookeeper-client': [
    'service   runs',
    'flag      off',
    'flag      on',
    'flag      off again',
    'watches   lost',
    'watches   closed',
  ],
  'web-service': [
    'till      is connected by websocket',
    'till      modified /shop/prices/apple: 4',
    'till      created /shop/prices/bread: 5',
    'till      has written 12 bytes',
    'customer  reads "one apple: 4"',
    'thief     is answered 403',
    'service   has shut down',
  ],
  prometheus: [
    'scraped   zookeeper_client_state{state="connected"} 1',
    'scraped   zookeeper_client_requests_total{operation="getData",outcome="NO_NODE"} 1',
    'scraped   zookeeper_client_watches{kind="data"} 1',
    'scraped   zookeeper_client_states_entered_total{state="lost"} 1',
    'scraped   zookeeper_client_failed_calls_total{kind="data"} 1',
    'scraped   zookeeper_client_state{state="closed"} 1',
  ],
  opentelemetry: [
    'metric    client connected',
    /^span {6}read data \/shop\/limit/,
    'span      deliver data /shop/limit: ok',
    'span      read data /shop/limit: ok',
    'span      deliver data /shop/limit NodeCreated: ok',
    /^span {6}deliver data \/shop\/limit NodeDataChanged: SyntaxError/,
    'metric    client closed',
  ],
};

/** Run by spec/world/native-zookeeper.world.spec.ts, because it needs a compiler. */
const ELSEWHERE = ['native-zookeeper'];

describe('the examples', () => {
  it('are all run by this spec, or by the one that is named', async () => {
    const names = (await readdir(EXAMPLES)).filter((name) => name.endsWith('.ts') && name !== 'sandbox.ts');
    const known = [...Object.keys(STORIES), ...ELSEWHERE];
    expect(names.map((name) => name.slice(0, -'.ts'.length)).sort()).toEqual(known.sort());
  });

  it.each(Object.entries(STORIES))('%s prints its story, and ends by itself', async (name, story) => {
    const { code, lines, errors } = await run(name);
    expect({ code, errors, missing: missingFrom(story, lines) }, lines.join('\n')).toEqual({
      code: 0,
      errors: [],
      missing: [],
    });
  });

  it('decorated-class prints nothing for an instance that has been disposed of', async () => {
    const { lines } = await run('decorated-class');
    expect(lines.filter((line) => line.startsWith('invoices: at most'))).toEqual([
      'invoices: at most 10 messages',
      'invoices: at most 500 messages',
    ]);
  });

  it('run on a server of the user too, and leave nothing behind', async () => {
    await using server = await EmbeddedZooKeeper.start();
    await using client = await new ZooKeeperClient(server.connectString).connect();
    await client.create('/mine');
    const { code, lines, errors } = await run('configuration-reload', '--connect', `${server.connectString}/mine`);
    expect({ code, errors }).toEqual({ code: 0, errors: [] });
    expect(missingFrom(STORIES['configuration-reload'] ?? [], lines)).toEqual([]);
    const { children, stat } = await client.getChildren('/mine');
    expect({ children, changes: stat.cversion }).toEqual({ children: [], changes: 2 });
  });

  it('report the reason for an invalid connect string', async () => {
    const { code, errors } = await run('decorated-class', '--connect', '127.0.0.1:99999');
    expect({ code, errors }).toEqual({
      code: 1,
      errors: [expect.stringContaining('the port of server 1 of 1 is not a number from 1 to 65535')],
    });
  });
});
