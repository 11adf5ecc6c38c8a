import { describe, expect } from 'vitest';
import type { ZooKeeperClient } from '../../../lib/zookeeper/client.js';
import { it } from '../../support/fixtures.js';

/** Large enough that later requests use the memory of earlier ones. */
const SIZE = 200_000;

const dataOf = (seed: number): Buffer => Buffer.alloc(SIZE + seed, seed);

async function readSeed(client: ZooKeeperClient, path: string): Promise<number> {
  const { data } = await client.getData(path);
  const [seed = 0] = data;
  expect(data.equals(dataOf(seed))).toBe(true);
  return seed;
}

describe('large writes', () => {
  it('reach the server as they were at the call, however many are on their way', async ({ client, other }) => {
    await client.create('/large');
    const memory = Buffer.alloc(2 * SIZE);
    for (let round = 0; round < 3; round += 1) {
      const writes = Array.from({ length: 20 }, (_, index) => {
        const seed = round * 20 + index;
        const data = memory.fill(seed).subarray(0, SIZE + seed);
        const path = `/large/${index}`;
        return round === 0 ? client.create(path, data) : client.setData(path, data);
      });
      memory.fill(255);
      await Promise.all(writes);
      const seeds = await Promise.all(writes.map((_, index) => readSeed(other, `/large/${index}`)));
      expect(seeds).toEqual(writes.map((_, index) => round * 20 + index));
    }
  });

  it('are sent again as they were, once their parents are made, beside others', async ({ client, other }) => {
    await client.create('/busy');
    for (let round = 1; round <= 10; round += 1) {
      const deep = `/deep-${round}/a/b`;
      const others = async (): Promise<void> => {
        for (let write = 0; write < 5; write += 1)
          await Promise.all(Array.from({ length: 4 }, () => client.setData('/busy', dataOf(100 + write))));
      };
      await Promise.all([client.create(deep, dataOf(round), { makePath: true }), others()]);
      expect(await readSeed(other, deep)).toBe(round);
    }
  });

  it('of a transaction are what they were when they were added', async ({ client, other }) => {
    const memory = dataOf(1);
    const transaction = client.transaction().create('/transacted', memory);
    memory.fill(2);
    await transaction.commit();
    expect(await readSeed(other, '/transacted')).toBe(1);
  });
});
