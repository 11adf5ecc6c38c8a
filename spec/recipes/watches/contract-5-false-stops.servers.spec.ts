import { describe, expect } from 'vitest';
import { ChildrenWatch, DataWatch } from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import { it } from '../../support/fixtures.js';

/** Values other than `false`, by the name in the spec. */
const GOES_ON: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['0', 0],
  ['-0', -0],
  ['0n', 0n],
  ['NaN', Number.NaN],
  ["''", ''],
  ["'false'", 'false'],
  ['true', true],
  ['an object around false', Object(false)],
  ['an empty array', []],
  ['a function that returns false', () => false],
  ['a promise of undefined', Promise.resolve()],
  ['a promise of 0', Promise.resolve(0)],
  ['a promise of null', Promise.resolve(null)],
];

const STOPS: readonly (readonly [string, () => unknown])[] = [
  ['false', () => false],
  ['a promise of false', () => Promise.resolve(false)],
  ['a promise of a promise of false', () => Promise.resolve().then(() => Promise.resolve(false))],
];

describe('5. `false` stops', () => {
  it.for(GOES_ON)('continues when a DataWatch function returns %s', async ([, value], { client, other }) => {
    const calls = new Recorder<string>();
    const watch = new DataWatch(client, '/node', (data) => {
      calls.record(String(data));
      return value;
    });
    await watch.ready;
    await other.create('/node', 'one');
    await calls.untilCount(2);
    await other.setData('/node', 'two');
    expect(await calls.untilCount(3)).toEqual(['null', 'one', 'two']);
    expect(watch.stopped).toBe(false);
  });

  it.for(GOES_ON)('continues when a ChildrenWatch function returns %s', async ([, value], { client, other }) => {
    await other.create('/node');
    const calls = new Recorder<string[]>();
    const watch = new ChildrenWatch(client, '/node', (children) => {
      calls.record(children);
      return value;
    });
    await watch.ready;
    await other.create('/node/a');
    await calls.untilCount(2);
    await other.create('/node/b');
    expect(await calls.untilCount(3)).toEqual([[], ['a'], ['a', 'b']]);
    expect(watch.stopped).toBe(false);
  });

  it.for(STOPS)('stops at %s, of the first call and of a later one', async ([, result], { client, other }) => {
    await other.create('/node', 'zero');
    const atOnce = new Recorder<string>();
    const later = new Recorder<string>();
    const reasons = new Recorder<string>();
    new DataWatch(client, '/node', (data) => {
      atOnce.record(String(data));
      return result();
    }).on('stop', reasons.record);
    new DataWatch(client, '/node', (data) => {
      later.record(String(data));
      return String(data) === 'one' ? result() : undefined;
    }).on('stop', reasons.record);
    const live = new Recorder<string>();
    new DataWatch(client, '/node', (data) => live.record(String(data)));

    await reasons.untilCount(1);
    await later.untilCount(1);
    await other.setData('/node', 'one');
    await reasons.untilCount(2);
    await other.setData('/node', 'two');
    await live.until((all) => all.at(-1) === 'two');
    expect(atOnce.items).toEqual(['zero']);
    expect(later.items).toEqual(['zero', 'one']);
    expect(reasons.items).toEqual(['returned-false', 'returned-false']);
  });
});
