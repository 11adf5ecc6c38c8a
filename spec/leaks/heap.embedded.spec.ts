import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataWatch, ZooKeeperClient } from '../../index.js';
import { EmbeddedChild } from '../../testing/embedded-child.js';
import { retainedMemory } from '../support/retained-memory.js';

/** As full as a hundred thousand make the tables of paths, which double in size at powers of two. */
const WATCHES = 25_000;
/** The requirement for a hundred thousand watches, in bytes each. */
const MOST = 1_000;
/** A weak reference, and the difference of two measurements of the same, in bytes of each. A promise takes more. */
const TOLERANCE = 64;
/** Many watches, on a machine with other work. */
const SLOW = { timeout: 120_000 };
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

interface Manner {
  readonly make: (client: ZooKeeperClient, path: string, func: () => void) => DataWatch;
  readonly awaitsReady?: boolean;
}

/** The memory that a watch takes, with its path, its function and its place in an array. */
async function bytesOfEach({ make, awaitsReady = false }: Manner): Promise<number> {
  await using client = await new ZooKeeperClient(connectString).connect();
  let calls = 0;
  await new DataWatch(client, '/services', () => {}).ready;
  const before = await retainedMemory();
  const watches: DataWatch[] = [];
  let haveAllBeenCalled = (): void => {};
  const allCalled = new Promise<void>((resolve) => {
    haveAllBeenCalled = resolve;
  });
  for (let index = 0; index < WATCHES; index += 1) {
    const func = (): void => {
      calls += 1;
      if (calls === WATCHES) haveAllBeenCalled();
    };
    watches.push(make(client, pathOf(index), func));
  }
  if (awaitsReady) await Promise.all(watches.map(({ ready }) => ready));
  await allCalled;
  const after = await retainedMemory();
  return (after - before) / watches.length;
}

const plainly: Manner = { make: (client, path, func) => new DataWatch(client, path, func) };

describe(`a DataWatch of a path of its own, one of ${WATCHES}, takes at most ${MOST} bytes of the heap`, SLOW, () => {
  it('whether or not its `ready` was awaited: a promise that has settled is not kept', async () => {
    const bytes = await bytesOfEach(plainly);
    const awaited = await bytesOfEach({ ...plainly, awaitsReady: true });
    expect(Math.max(bytes, awaited)).toBeLessThan(MOST);
    expect(awaited - bytes).toBeLessThan(TOLERANCE);
  });

  it('when all are registered in one AsyncLocalStorage context, or by register()', async () => {
    const storage = new AsyncLocalStorage<object>();
    const inContext = await storage.run({}, () => bytesOfEach({ ...plainly, awaitsReady: true }));
    const registered = await bytesOfEach({ make: (client, path, func) => new DataWatch(client, path).register(func) });
    expect(Math.max(inContext, registered)).toBeLessThan(MOST);
  });
});
