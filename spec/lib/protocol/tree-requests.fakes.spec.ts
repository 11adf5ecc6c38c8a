import { describe, expect, it } from 'vitest';
import type { Stat } from '../../../lib/core/coordination-client.js';
import { JuteReader, JuteWriter, MalformedRecordError } from '../../../lib/protocol/jute.js';
import { type MultiOutcome, multiResponseRecord } from '../../../lib/protocol/multi.js';
import type { ReadParts } from '../../../lib/protocol/read-outcomes.js';
import {
  addWatchRequest,
  multiReadRequest,
  removeWatchesRequest,
  setWatches2Request,
  type WireRequest,
} from '../../../lib/protocol/requests.js';

/** The bytes behind the length, as the classes of ZooKeeper 3.8.0 and, for the last two types, 3.9.3 write them. */
const BY_ZOOKEEPER: readonly (readonly [string, WireRequest<unknown>, string])[] = [
  ['AddWatch, persistent', addWatchRequest('/a', 'persistent'), '000000000000006a000000022f6100000000'],
  ['AddWatch, recursive', addWatchRequest('/a', 'persistentRecursive'), '000000000000006a000000022f6100000001'],
  [
    'SetWatches2',
    setWatches2Request(7n, {
      ...{ data: ['/d'], exist: ['/e'], child: ['/c1', '/c2'], persistent: ['/p'], persistentRecursive: ['/r'] },
    }),
    '0000000000000069000000000000000700000001000000022f6400000001000000022f6500000002000000032f6331000000032f6332' +
      '00000001000000022f7000000001000000022f72',
  ],
  ['RemoveWatches of children', removeWatchesRequest('/a', 'child'), '0000000000000012000000022f6100000001'],
  ['RemoveWatches of data', removeWatchesRequest('/a', 'data'), '0000000000000012000000022f6100000002'],
  ['RemoveWatches of any', removeWatchesRequest('/a', 'any'), '0000000000000012000000022f6100000003'],
  ['RemoveWatches, persistent', removeWatchesRequest('/a', 'persistent'), '0000000000000012000000022f6100000004'],
  [
    'RemoveWatches, recursive',
    removeWatchesRequest('/a', 'persistentRecursive'),
    '0000000000000012000000022f6100000005',
  ],
  [
    'MultiRead',
    multiReadRequest(['/a', '/b'], 'all'),
    '00000000000000160000000400ffffffff000000022f61000000000800ffffffff000000022f6100' +
      '0000000400ffffffff000000022f62000000000800ffffffff000000022f6200ffffffff01ffffffff',
  ],
  [
    'MultiRead of leaves',
    multiReadRequest(['/a', '/b'], 'of leaves'),
    '00000000000000160000000400ffffffff000000022f61000000000400ffffffff000000022f6200ffffffff01ffffffff',
  ],
  [
    'MultiRead, beyond ASCII',
    multiReadRequest(['/é', '/b'], 'of leaves'),
    '00000000000000160000000400ffffffff000000032fc3a9000000000400ffffffff000000022f6200ffffffff01ffffffff',
  ],
];

describe('a request for a tree watch', () => {
  it.each(BY_ZOOKEEPER)('has the bytes of ZooKeeper: %s', (_name, { frame }, expected) => {
    expect(frame.subarray(4).toString('hex')).toBe(expected);
    expect(frame.readInt32BE(0)).toBe(frame.length - 4);
  });

  it('has its operation as its name', () => {
    expect(BY_ZOOKEEPER.map(([, { name }]) => name)).toEqual([
      ...['addWatch', 'addWatch', 'setWatches2'],
      ...Array.from({ length: 5 }, () => 'removeWatches'),
      ...['multiRead', 'multiRead', 'multiRead'],
    ]);
  });
});

/** Of a server 3.8.0, for `/a` with data and two children, `/b` that may not be read, `/none`, and `/a/one`. */
const RECORDED = {
  paths: ['/a', '/b', '/none', '/a/one'],
  newest: 6n,
  record:
    '000000040000000000000000046461746100000000000000020000000000000002000001a21a49fec8000001a21a49fec8' +
    '000000000000000200000000000000000000000000000004000000020000000000000004000000080000000000000000020000000374776f' +
    '000000036f6e65ffffffff00ffffff9affffff9affffffff00ffffff9affffff9affffffff00ffffff9bffffff9bffffffff00ffffff9b' +
    'ffffff9b0000000400000000000000000000000000000000030000000000000003000001a21a49fed8000001a21a49fed8' +
    '00000000000000000000000000000000000000000000000000000000000000000000000300000008000000000000000000ffffffff01ffffffff',
};

function decode(paths: readonly string[], bytes: Buffer, newest = 6n, parts: ReadParts = 'all'): unknown[] {
  const reader = new JuteReader(bytes, 0, Number(newest >> 32n), Number(newest & 0xffff_ffffn));
  const { outcomes, bytes: size } = multiReadRequest(paths, parts).decode(reader);
  expect(size).toBe(bytes.length);
  return outcomes;
}

const stat = (changes: Partial<Stat> = {}): Stat => ({
  ...{ czxid: 2n, mzxid: 2n, pzxid: 2n, ctime: 1, mtime: 2, version: 0, cversion: 0, aversion: 0 },
  ...{ ephemeralOwner: 0n, dataLength: 1, numChildren: 1 },
  ...changes,
});

const dataOf = (changes?: Partial<Stat>): MultiOutcome => ({
  op: 'getData',
  data: Buffer.from('x'),
  stat: stat(changes),
});
const namesOf = (...children: string[]): MultiOutcome => ({ op: 'getChildren', children });
const refused = (error: number): MultiOutcome => ({ op: 'error', error });

function decodeWritten(outcomes: readonly MultiOutcome[], paths = ['/a'], parts?: ReadParts): unknown[] {
  const writer = new JuteWriter();
  multiResponseRecord.write(writer, outcomes);
  return decode(paths, Buffer.from(writer.bytes), 6n, parts);
}

describe('the reply to a MultiRead', () => {
  it('has data, stat and children of each znode, or the error of its own', () => {
    const outcomes = decode(RECORDED.paths, Buffer.from(RECORDED.record, 'hex'), RECORDED.newest);
    expect(outcomes).toMatchObject([
      {
        data: Buffer.from('data'),
        stat: { czxid: 2n, mzxid: 2n, pzxid: 4n, dataLength: 4, numChildren: 2 },
        children: ['two', 'one'],
      },
      -102,
      -101,
      { data: Buffer.alloc(0), stat: { czxid: 3n, pzxid: 3n, numChildren: 0 }, children: [] },
    ]);
  });

  it.each([
    ['other children than the stat counts', [dataOf(), namesOf('a', 'b')]],
    ['data of a znode whose children are missing', [dataOf(), refused(-101)]],
    ['children of a znode that is missing', [refused(-101), namesOf()]],
    ['two different errors', [refused(-101), refused(-102)]],
  ])('has no outcome for %s: they are of two states', (_name, outcomes) => {
    expect(decodeWritten([...outcomes, dataOf(), namesOf('a')], ['/a', '/b'])).toMatchObject([null, { stat: {} }]);
  });

  it.each<[string, MultiOutcome[]]>([
    ['too few results', [dataOf()]],
    ['no results', []],
    ['too many results', [dataOf(), namesOf('a'), dataOf()]],
    ['results in another order', [namesOf('a'), dataOf()]],
    ['the results of other operations', [{ op: 'setData', stat: stat() }, namesOf('a')]],
    ['an error of 0', [refused(0), refused(0)]],
    ['data of another length than the stat says', [dataOf({ dataLength: 2 }), namesOf('a')]],
    ['a stat of a later transaction than the reply', [dataOf({ mzxid: 7n }), namesOf('a')]],
    ['a name with a slash', [dataOf(), namesOf('a/b')]],
    ['a name of no znode', [dataOf(), namesOf('..')]],
  ])('is malformed with %s', (_name, outcomes) => {
    expect(() => decodeWritten(outcomes)).toThrow(MalformedRecordError);
  });

  it('about leaves has data and stat, the error of its own, and no outcome for a znode with children', () => {
    const results = [dataOf({ numChildren: 0 }), dataOf(), refused(-101)];
    const outcomes = decodeWritten(results, ['/a', '/b', '/c'], 'of leaves');
    expect(outcomes).toEqual([{ data: Buffer.from('x'), stat: stat({ numChildren: 0 }), children: [] }, null, -101]);
    for (const paths of [
      ['/a', '/b'],
      ['/a', '/b', '/c', '/d'],
    ]) {
      expect(() => decodeWritten(results, paths, 'of leaves')).toThrow(MalformedRecordError);
    }
  });

  it('is malformed when it is cut off anywhere', () => {
    const bytes = Buffer.from(RECORDED.record, 'hex');
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decode(RECORDED.paths, bytes.subarray(0, length))).toThrow(MalformedRecordError);
    }
  });

  it('says that the session has moved as a reply does', () => {
    expect(() => decodeWritten([refused(-118), refused(-118)])).toThrow('another server has taken the session over');
  });

  it('may have any transaction for the configuration of the ensemble', () => {
    expect(decodeWritten([dataOf({ mzxid: 7n }), namesOf('a')], ['/zookeeper/config'])).toMatchObject([{ stat: {} }]);
  });
});
