import { expect, it } from 'vitest';
import { ZooKeeperClient } from '../../../index.js';
import { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { disagreements } from './disagreements.js';

it('finds the znodes whose state differs between servers, with the state of each', async () => {
  await using one = await EmbeddedZooKeeper.start();
  await using other = await EmbeddedZooKeeper.start();
  const connectStrings = [one.connectString, other.connectString];
  for (const connectString of connectStrings) {
    await using client = await new ZooKeeperClient(connectString).connect();
    await client.create('/same');
    if (connectString === one.connectString) await client.create('/here-only');
  }
  const found = await disagreements({ connectStrings, transport: {} }, ['/same', '/here-only', '/nowhere']);
  expect(found).toEqual([
    expect.stringMatching(
      /^the servers disagree about \/here-only: czxid \d+ mzxid \d+ pzxid \d+ children \[\] \| no znode$/,
    ),
  ]);
});

it('finds a list of children that differs although its last change is the same', async () => {
  await using one = await EmbeddedZooKeeper.start();
  await using other = await EmbeddedZooKeeper.start();
  const connectStrings = [one.connectString, other.connectString];
  for (const connectString of connectStrings) {
    await using client = await new ZooKeeperClient(connectString).connect();
    await client.create('/group');
    await client.create(connectString === one.connectString ? '/group/a' : '/elsewhere');
    await client.create('/group/b');
  }
  const found = await disagreements({ connectStrings, transport: {} }, ['/group']);
  expect(found).toEqual([
    expect.stringMatching(/(czxid \d+ mzxid \d+ pzxid \d+) children \[a,b\] \| \1 children \[b\]$/),
  ]);
});
