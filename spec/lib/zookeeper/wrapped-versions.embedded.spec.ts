import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { Journal } from '../../../lib/embedded/journal/journal.js';
import { encodeTxn, type Txn } from '../../../lib/embedded/tree/txn.js';
import { it } from '../../support/embedded-fixtures.js';
import { CliProcess } from '../cli/cli-process.js';

const HIGHEST = 2 ** 31 - 1;
const LOWEST = -(2 ** 31);
const ACL = [{ perms: 31, scheme: 'world', id: 'anyone' }];

/** A data folder with the znode /old, whose data and ACL have the highest versions. */
async function folderWithOldZnode(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'spec-versions-'));
  onTestFinished(() => rm(folder, { recursive: true, maxRetries: 3 }));
  const journal = await Journal.open(folder, { snapshot() {}, transaction() {} });
  const txns: Txn[] = [
    { type: 'create', path: '/old', data: null, acl: ACL, ephemeralOwner: 0n, creations: 1 },
    { type: 'setData', path: '/old', data: null, version: HIGHEST },
    { type: 'setAcl', path: '/old', acl: ACL, version: HIGHEST },
  ];
  for (const [index, txn] of txns.entries()) {
    const zxid = BigInt(index + 1);
    journal.append(zxid, encodeTxn({ zxid, time: 0, sessionId: 0n }, txn));
  }
  await journal.close();
  return folder;
}

it('versions that have wrapped are taken back by every write', async ({ start, connect }) => {
  const server = await start({ dataDir: await folderWithOldZnode() });
  const client = await connect({ connectString: server.connectString });
  expect((await client.setData('/old', 'a', HIGHEST)).version).toBe(LOWEST);
  expect((await client.setData('/old', 'b', LOWEST)).version).toBe(LOWEST + 1);
  expect((await client.setAcl('/old', ACL, HIGHEST)).aversion).toBe(LOWEST);
  expect((await client.setAcl('/old', ACL, LOWEST)).aversion).toBe(LOWEST + 1);
  await client
    .transaction()
    .check('/old', LOWEST + 1)
    .setData('/old', 'c', LOWEST + 1)
    .commit();
  await expect(client.setData('/old', 'd', LOWEST + 1)).rejects.toMatchObject({ code: 'BAD_VERSION' });
  const connected = ['--connect', server.connectString];
  await using set = await CliProcess.run(['set', '/old', 'd', `--version=${LOWEST + 2}`, ...connected]);
  expect({ ...(await set.ended), errors: set.errors.items }).toEqual({ code: 0, signal: null, errors: [] });
  await client.delete('/old', LOWEST + 3);
});
