import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AllowedNumber } from '../../scripts/house/allowed-numbers.js';
import { readLimits } from '../../scripts/house/limits.js';
import { checkNumbers } from '../../scripts/house/numbers.js';
import { describeAll } from './planted.js';

const LIMITS = new Map([
  ['OBSERVING.readsAtOnce', 1_000],
  ['OBSERVING.retry.minDelay', 100],
  ['OBSERVING.retry.maxDelay', 30_000],
  ['OBSERVING.recheckAfter', 600_000],
  ['SESSION.pingAfter', 0.3],
  ['SESSION.silentAfter', 0.63],
  ['SESSION.setWatchesBytes', 128 * 1_024],
]);

function check(text: string, allowed: readonly AllowedNumber[] = [], document = 'docs/guide.md'): string[] {
  return describeAll(checkNumbers(new Map([[document, text]]), LIMITS, allowed));
}

describe('the numbers of documents', () => {
  it.each([
    'At most 1,000<!-- limit:OBSERVING.readsAtOnce --> reads run at once.',
    'at most 1,000<!--limit:OBSERVING.readsAtOnce-->\nreads',
    'requests of 128<!-- limit:SESSION.setWatchesBytes --> KiB',
    'every 10<!-- limit:OBSERVING.recheckAfter --> minutes, or ten<!-- limit:OBSERVING.recheckAfter --> minutes',
    'from 100<!-- limit:OBSERVING.retry.minDelay --> to 30,000<!-- limit:OBSERVING.retry.maxDelay --> ms',
    'from 0.1<!-- limit:OBSERVING.retry.minDelay --> to 30<!-- limit:OBSERVING.retry.maxDelay --> s',
    'after 0.3<!-- limit:SESSION.pingAfter --> T, which are 30<!-- limit:SESSION.pingAfter --> %',
    'within 0.33<!-- limit:SESSION.silentAfter - SESSION.pingAfter --> T',
    'at least 50<!-- limit:OBSERVING.retry.minDelay / 2 --> ms',
    '| reads | 1,000<!-- limit:OBSERVING.readsAtOnce --> |',
  ])('agree with the code: %s', (text) => {
    expect(check(text)).toEqual([]);
  });

  it.each([
    ['200<!-- limit:OBSERVING.readsAtOnce --> reads', 'says 200 reads, but OBSERVING.readsAtOnce is 1000'],
    ['128<!-- limit:SESSION.setWatchesBytes --> kB', 'says 128 kb, but SESSION.setWatchesBytes is 131072'],
    ['ten<!-- limit:OBSERVING.recheckAfter --> seconds', 'says ten seconds, but OBSERVING.recheckAfter is 600000'],
    ['| 200<!-- limit:OBSERVING.readsAtOnce --> |', 'says 200, but OBSERVING.readsAtOnce is 1000'],
    ['100<!-- limit:OBSERVING.retry.minDelay / 2 --> ms', 'says 100 ms, but OBSERVING.retry.minDelay / 2 is 50'],
  ])('are stale: %s', (text, message) => {
    expect(check(`A title.\n\n${text}`)).toEqual([`docs/guide.md:3: ${message}`]);
  });

  it('must name a limit that exists', () => {
    expect(check('1,000<!-- limit:OBSERVING.writesAtOnce --> reads')).toEqual([
      'docs/guide.md:1: there is no limit OBSERVING.writesAtOnce',
    ]);
  });

  it.each([
    '200 reads',
    '500 requests',
    '500 on the way',
    '1,000 watches',
    '1 watch',
    '100 ms',
    '0.3 T',
    '2.5 s',
    '30-second pauses',
    'ten minutes',
    'some two\nminutes',
    '128 KiB',
    '1 MiB',
    '1,048,575 bytes',
    '| `readsAtOnce` | 200 reads |',
  ])('must be marked or allowed: %s', (phrase) => {
    expect(check(`It takes ${phrase}.`)).toEqual([
      expect.stringContaining('is neither marked with its limit nor allowed'),
    ]);
  });

  it('must be marked on both sides of a range', () => {
    expect(check('from 25 to 50 ms')).toHaveLength(2);
  });

  it.each([
    'one read for two watches',
    'ZooKeeper 3.8.0 and Node 20',
    '`200 reads`',
    '```ts\n// 200 reads\n```',
    '[a link](page.md#200-reads)',
    'a second function',
  ])('are none: %s', (text) => {
    expect(check(text)).toEqual([]);
  });

  it('are read in the README and the guides only', () => {
    expect(check('200 reads', [], 'README.md')).toHaveLength(1);
    expect(check('200 reads', [], 'CHANGELOG.md')).toEqual([]);
  });

  it('may be allowed for a reason: one phrase, a section, or a document', () => {
    const text = '# Guide\n\n4 s\n\n## Figures\n\n200 reads\n\n### More\n\n5 s';
    const document = 'docs/guide.md';
    expect(check(text, [{ document, reason: 'results' }])).toEqual([]);
    expect(check(text, [{ document, section: 'Figures', reason: 'results' }])).toEqual([
      expect.stringContaining('docs/guide.md:3: "4 s"'),
    ]);
    expect(check(text, [{ document, phrase: '200 reads', reason: 'results' }])).toHaveLength(2);
  });

  it('must be there while they are allowed', () => {
    const allowed = { document: 'docs/guide.md', phrase: '4 s', reason: 'a sum' };
    expect(check('no number', [allowed])).toEqual(['docs/guide.md: "4 s" is allowed, but is not there']);
  });

  it('must be where their mark is', () => {
    const stray = 'at most 1,000 <!-- limit:OBSERVING.readsAtOnce --> of them';
    expect(check(stray)).toEqual(['docs/guide.md: has 1 marks of limits, of which only 0 follow a number']);
  });
});

describe('the limits of the code', () => {
  async function limitsOf(files: Readonly<Record<string, string>>) {
    const root = await mkdtemp(join(tmpdir(), 'spec-limits-'));
    onTestFinished(() => rm(root, { recursive: true }));
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), text);
    }
    return readLimits(root, new Map(Object.entries(files)));
  }

  it('are all numbers of every limits.ts, by their path', async () => {
    const limits = await limitsOf({
      'lib/core/limits.ts': 'export const A = { b: 1, c: { d: 2_000 }, e: "text" };',
      'lib/embedded/limits.ts': 'export const E = { b: 3 };',
      'testing/limits.ts': 'export const T = { b: 4 };',
    });
    expect([...limits]).toEqual([
      ['A.b', 1],
      ['A.c.d', 2_000],
      ['E.b', 3],
    ]);
  });

  it('must have different names', async () => {
    const same = 'export const A = { b: 1 };';
    await expect(limitsOf({ 'lib/core/limits.ts': same, 'lib/embedded/limits.ts': same })).rejects.toThrow('A.b');
  });
});
