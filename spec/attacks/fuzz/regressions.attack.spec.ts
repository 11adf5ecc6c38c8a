import { expect, it } from 'vitest';
import { playStrikes } from './fuzz-case.js';
import type { FrameKind } from './reply-shapes.js';

/** Cases that have broken a rule once. */
const CASES: readonly [
  what: string,
  seed: number,
  kind: FrameKind,
  field: string | null,
  mutation: string,
  skip: number,
  times: number,
][] = [
  ['zxids that contradict each other, both too high', 388_483_124, 'delete', 'header.zxid', 'a little more', 2, 3],
  ['a zxid that hides the changes of a disconnection', 646_858_311, 'setData', 'header.zxid', 'a little more', 0, 3],
  ['a mark that is too high, with its header', 639_457_620, 'getChildren2', null, 'far ahead in every zxid', 3, 1_000],
  ['data that shifts the stat', 1_735_237_736, 'getData', 'data', 'doubled', 1, 1_000],
  ['a mark above every zxid', 956_677_051, 'getChildren2', 'stat.czxid', 'doubled', 1, 1],
  ['a negative mark', 1_061_420_986, 'getData', 'stat.mzxid', 'minus one', 0, 3],
  ['a negative count', 506_149_003, 'getChildren2', 'children.count', 'length least', 3, 1_000],
  ['a name without characters', 1_217_438_024, 'getChildren2', 'children[]', 'length zero', 3, 1],
  ['a frame that never ends', 1_976_120_420, 'getAcl', null, 'never ending', 3, 1],
  ['an event without a path', 1_977_583_937, 'notification', 'path', 'length null', 2, 1_000],
  ['an event whose path is cut off', 73_362_735, 'notification', 'path', 'swapped', 3, 1_000],
];

it.each(CASES)('%s break no watch and no promise', async (_, seed, kind, field, mutation, skip, times) => {
  const { hits, violations } = await playStrikes(seed, [{ entry: { kind, field, mutation }, skip, times }]);
  expect(hits).toBeGreaterThan(0);
  expect(violations).toEqual([]);
});
