import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { guardLogger, type Logger } from '../../../lib/core/logger.js';
import { pass } from '../../../testing/passing-time.js';

/** A logger as many are written: it survives plain values only. */
function jsonLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const write = (details: object, message: string): void => {
    lines.push(JSON.stringify({ ...details, message }));
  };
  return { lines, debug: write, info: write, warn: write, error: write };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('a logger that throws', () => {
  it('is reported once, and again after 30 s, and the console takes its warnings and errors alone', async () => {
    const [warn, error] = (['warn', 'error'] as const).map((level) => vi.spyOn(console, level).mockReturnValue());
    const logger = jsonLogger();
    const guarded = guardLogger(logger);
    for (let times = 0; times < 1_000; times += 1) guarded.debug({ zxid: 1n }, 'connection ended');
    guarded.info({ zxid: 1n }, 'connected');
    guarded.warn({ zxid: 1n }, 'set back');
    guarded.error({ path: '/a' }, 'works');
    expect(logger.lines).toEqual(['{"path":"/a","message":"works"}']);
    const failure = expect.stringMatching(/^zk-recipes: the logger threw at a line of level debug: .*BigInt.*\n +at /);
    expect(error?.mock.calls).toEqual([[failure]]);
    expect(warn?.mock.calls).toEqual([['zk-recipes: set back']]);
    await pass(30_000);
    guarded.debug({ zxid: 1n }, 'connection ended');
    guarded.debug({ zxid: 1n }, 'connection ended');
    expect(error).toHaveBeenCalledTimes(2);
  });

  it('shares its guard with all who log to it', () => {
    const logger = jsonLogger();
    expect(guardLogger(logger)).toBe(guardLogger(logger));
    expect(guardLogger()).toBe(guardLogger(undefined));
  });
});
