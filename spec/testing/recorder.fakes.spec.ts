import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../testing/eventually.js';
import { Recorder } from '../../testing/recorder.js';
import { scaled } from '../../testing/time-factor.js';

afterEach(() => vi.unstubAllEnvs());

describe('Recorder', () => {
  it('keeps the items in order', () => {
    const recorder = new Recorder<string>();
    ['a', 'b'].forEach(recorder.record);
    expect(recorder.items).toEqual(['a', 'b']);
    expect(recorder.last).toBe('b');
  });

  it('resolves at once when the predicate holds already', async () => {
    const recorder = new Recorder<number>();
    recorder.record(1);
    expect(await recorder.until((items) => items.includes(1))).toEqual([1]);
  });

  it('resolves with the items of the moment when the predicate came to hold', async () => {
    const recorder = new Recorder<number>();
    const found = recorder.untilCount(2);
    recorder.record(1);
    recorder.record(2);
    recorder.record(3);
    expect(await found).toEqual([1, 2]);
  });

  it('says what it waited for and what it has', async () => {
    const recorder = new Recorder<unknown>();
    recorder.record({ zxid: 7n, data: Buffer.from('x') });
    const failure = recorder.until(() => false, { within: 1, describe: 'a deletion' });
    await expect(failure).rejects.toThrow(/Not within .* ms: a deletion; recorded 1: .*zxid: 7n, data: <Buffer 78>/);
  });

  it('rejects with what the predicate throws', async () => {
    const recorder = new Recorder<number>();
    const failure = recorder.until((items) => {
      if (items.length > 0) throw new Error('wrong item');
      return false;
    });
    recorder.record(1);
    await expect(failure).rejects.toThrow('wrong item');
  });

  it('forgets what it had when cleared', async () => {
    const recorder = new Recorder<number>();
    recorder.record(1);
    recorder.clear();
    expect(recorder.items).toEqual([]);
    expect(recorder.last).toBeUndefined();
  });
});

describe('eventually', () => {
  it('resolves once the check holds, and takes a throw for "not yet"', async () => {
    let checks = 0;
    await eventually(() => {
      checks++;
      if (checks === 1) throw new Error('not ready');
      return checks === 3;
    });
    expect(checks).toBe(3);
  });

  it('says what it waited for, and why the last check failed', async () => {
    const cause = new Error('refused');
    const failure = eventually(() => Promise.reject(cause), { within: 1, describe: 'a leader' });
    await expect(failure).rejects.toMatchObject({ message: expect.stringContaining('a leader'), cause });
  });
});

describe('SPEC_TIME_FACTOR', () => {
  it('stretches the durations', () => {
    vi.stubEnv('SPEC_TIME_FACTOR', '2.5');
    expect(scaled(100)).toBe(250);
  });

  it('is 1 by default', () => {
    vi.stubEnv('SPEC_TIME_FACTOR', undefined);
    expect(scaled(100)).toBe(100);
  });

  it.each(['fast', '0', '-1', 'Infinity'])('is refused when it is "%s"', (text) => {
    vi.stubEnv('SPEC_TIME_FACTOR', text);
    expect(() => scaled(100)).toThrow(`SPEC_TIME_FACTOR must be a number above 0, not "${text}"`);
  });
});
