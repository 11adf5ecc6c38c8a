import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LastingTrouble, type Line, type Manner } from '../../../lib/core/lasting-trouble.js';
import { pass } from '../../../testing/passing-time.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';

function setUp() {
  const logger = new RecordingLogger();
  const pending: boolean[] = [];
  const trouble = new LastingTrouble(logger, (isPending) => pending.push(isPending));
  const occur = (reason = 'cut', path = '/a', manner?: Manner) => {
    const line: Line = { level: 'warn', details: { path, err: new Error(reason) }, message: `${path}: ${reason}` };
    trouble.report(reason, line, manner);
  };
  return { logger, pending, trouble, occur };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a lasting trouble', () => {
  it('is a line at once, and one every 30 s while it lasts, with how long and how often', async () => {
    const { logger, occur } = setUp();
    for (let times = 0; times < 1_000; times += 1) {
      occur('cut', `/${times % 20}`);
      await pass(62);
    }
    expect(logger.messages('warn')).toEqual([
      '/0: cut',
      expect.stringMatching(/^\/\d+: cut \(48\d times in 30 s\)$/),
      expect.stringMatching(/^\/\d+: cut \(96\d times in 60 s\)$/),
    ]);
    expect(logger.items.at(-1)?.details).toEqual({
      path: expect.stringMatching(/^\/\d+$/),
      paths: Array(10).fill(expect.stringMatching(/^\/\d+$/)),
      times: expect.any(Number),
      lastingMs: expect.any(Number),
    });
  });

  it('is reported once more, and then forgotten, when it has ended', async () => {
    const { logger, pending, occur } = setUp();
    occur();
    occur('cut', '/b');
    await pass(29_999);
    expect(logger.items).toHaveLength(1);
    await pass(1);
    expect(logger.messages('warn')).toEqual(['/a: cut', '/b: cut (2 times in 30 s)']);
    await pass(300_000);
    expect(logger.items).toHaveLength(2);
    expect([vi.getTimerCount(), pending]).toEqual([0, [true, false]]);
    occur();
    expect(logger.messages('warn').at(-1)).toBe('/a: cut');
  });

  it('needs no timer for a single occurrence', () => {
    const { pending, occur } = setUp();
    occur();
    expect([vi.getTimerCount(), pending]).toEqual([0, []]);
  });

  it('has lines apart from those of another reason', async () => {
    const { logger, occur } = setUp();
    for (let times = 0; times < 300; times += 1) occur(times % 2 === 0 ? 'cut' : 'refused');
    await pass(40_000);
    expect(logger.messages('warn')).toEqual([
      '/a: cut',
      '/a: refused',
      '/a: cut (150 times in 30 s)',
      '/a: refused (150 times in 30 s)',
    ]);
  });

  it('may have several lines before it counts as lasting, and keeps the others at debug level', async () => {
    const { logger, occur } = setUp();
    for (const path of ['/1', '/2', '/3', '/4']) occur('cut', path, { atOnce: 2, isKept: true });
    await pass(30_000);
    expect(logger.messages('warn')).toEqual(['/1: cut', '/2: cut', '/4: cut (4 times in 30 s)']);
    expect(logger.messages('debug')).toEqual(['/3: cut', '/4: cut']);
    expect(logger.items.filter(({ details }) => 'err' in details)).toHaveLength(4);
  });

  it('is reported early by the end, which leaves no timer and starts none', async () => {
    const { logger, pending, trouble, occur } = setUp();
    occur();
    occur();
    await pass(10_000);
    trouble.end();
    expect(logger.messages('warn')).toEqual(['/a: cut', '/a: cut (2 times in 10 s)']);
    occur();
    occur();
    expect([vi.getTimerCount(), pending]).toEqual([0, [true, false]]);
  });

  it('displaces the oldest when there are a thousand others, without a loss', () => {
    const { logger, occur } = setUp();
    occur('first');
    occur('first');
    for (let index = 0; index < 1_000; index += 1) occur(`reason ${index}`);
    expect(logger.messages('warn')).toContain('/a: first (2 times in 0 s)');
  });
});
