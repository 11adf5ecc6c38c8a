import { expect, it } from 'vitest';
import { ZooKeeperClient } from '../../../index.js';
import { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { disagreements } from './disagreements.js';

/** The disagreements about these paths between two servers, on each of which these znodes are created in this order. */
async function between(
  [ofOne, ofOther]: readonly [readonly string[], readonly string[]],
  paths: string[],
): Promise<string[]> {
  await using one = await EmbeddedZooKeeper.start();
  await using other = await EmbeddedZooKeeper.start();
  for (const [server, znodes] of [[one, ofOne] as const, [other, ofOther] as const]) {
    await using client = await new ZooKeeperClient(server.connectString).connect();
    for (const znode of znodes) await client.create(znode);
  }
  // Before the servers are closed.
  return await disagreements({ connectStrings: [one.connectString, other.connectString], transport: {} }, paths);
}

it('finds the znodes whose state differs between servers, with the state of each', async () => {
  expect(await between([['/same', '/here-only'], ['/same']], ['/same', '/here-only', '/nowhere'])).toEqual([
    expect.stringMatching(
      /^the servers disagree about \/here-only: czxid \d+ mzxid \d+ pzxid \d+ children \[\] \| no znode$/,
    ),
  ]);
});

it('finds a list of children that differs although its last change is the same', async () => {
  const znodes = [
    ['/group', '/group/a', '/group/b'],
    ['/group', '/elsewhere', '/group/b'],
  ] as const;
  expect(await between(znodes, ['/group'])).toEqual([
    expect.stringMatching(/(czxid \d+ mzxid \d+ pzxid \d+) children \[a,b\] \| \1 children \[b\]$/),
  ]);
});
