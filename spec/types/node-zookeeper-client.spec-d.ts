/** Claims about the types of the adapter's entry. Compiling is the test: `npm run types`. */
import { createClient } from 'node-zookeeper-client';
import { expectTypeOf } from 'vitest';
import type { CoordinationClient, Stat, TransactionResult } from '../../index.js';
import { fromNodeZooKeeperClient } from '../../lib/node-zookeeper-client/index.js';

const adapter = fromNodeZooKeeperClient(createClient('127.0.0.1:2181'));

expectTypeOf(adapter).toExtend<CoordinationClient>();
// Code for the results of a ZooKeeperClient takes them, and the other way round.
expectTypeOf(adapter.transaction().check('/a', 0).commit()).resolves.toEqualTypeOf<TransactionResult[]>();
for (const result of await adapter.transaction().check('/a', 0).commit()) {
  if (result.type === 'create') expectTypeOf(result.path).toEqualTypeOf<string>();
  if (result.type === 'setData') expectTypeOf(result.stat).toEqualTypeOf<Stat>();
  // @ts-expect-error a check has no path
  if (result.type === 'check') result.path;
}
