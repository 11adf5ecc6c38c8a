import type { BigIntStats } from 'node:fs';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Rests } from '../../../recipes/pollers/files/rests.js';

it('a file of a clock that is ahead has rested once it was the same for long enough', () => {
  const now = vi.spyOn(performance, 'now');
  onTestFinished(() => now.mockRestore());
  const rests = new Rests(100, () => {});
  const stat = { ctimeMs: BigInt(Date.now() + 3_600_000) } as BigIntStats;
  const mustWaitAt = (ms: number, version: string): boolean => {
    now.mockReturnValue(ms);
    return rests.mustWait('a', { id: '1', version, isDirectory: false }, stat);
  };
  expect([mustWaitAt(1_000, 'one'), mustWaitAt(1_050, 'two'), mustWaitAt(1_149, 'two')]).toEqual([true, true, true]);
  expect(mustWaitAt(1_150, 'two')).toBe(false);
});
