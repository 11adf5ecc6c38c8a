import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataWatch, ZooKeeperClient } from '../../index.js';
import { EmbeddedChild } from '../../testing/embedded-child.js';
import { retainedMemory } from '../support/retained-memory.js';

/** As full as a hundred thousand make the tables of paths, which double in size at powers of two. */
const WATCHES = 25_000;
/** The requirement for a hundred thousand watches, in bytes each. */
const MOST = 1_000;
const IN_A_TRANSACTION = 500;

let child: EmbeddedChild;
let connectString: string;

const pathOf = (index: number): string => `/services/configuration-${String(index).padStart(10, '0')}`;

beforeAll(async () => {
  child = new EmbeddedChild();
  connectString = `127.0.0.1:${(await child.costs()).port}`;
  await using client = await new ZooKeeperClient(connectString).connect();
  await client.create('/services');
  for (let index = 0; index < WATCHES; ) {
    const transaction = client.transaction();
    for (const end = index + IN_A_TRANSACTION; index < end; index += 1) transaction.create(pathOf(index), `${index}`);
    await transaction.commit();
  }
});
afterAll(() => child[Symbol.dispose]());

type Make = (client: ZooKeeperClient, path: string, func: () => void) => DataWatch;

/** The memory that a watch takes, with its path, its function and its place in an array. */
async function bytesOfEach(make: Make): Promise<number> {
  await using client = await new ZooKeeperClient(connectString).connect();
  let calls = 0;
  await new DataWatch(client, '/services', () => {}).ready;
  const before = await retainedMemory();
  const watches: DataWatch[] = [];
  for (let index = 0; index < WATCHES; index += 1) {
    watches.push(
      make(client, pathOf(index), () => {
        calls += 1;
      }),
    );
  }
  for (const watch of watches) await watch.ready;
  const after = await retainedMemory();
  expect(calls).toBe(WATCHES);
  return (after - before) / watches.length;
}

describe(`a DataWatch of a path of its own, one of ${WATCHES}, takes at most ${MOST} bytes of the heap`, () => {
  it('when its `ready` was awaited', async () => {
    const bytes = await bytesOfEach((client, path, func) => new DataWatch(client, path, func));
    expect(bytes).toBeLessThan(MOST);
  });
});
