import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Delay, Overdue } from '../../../lib/core/overdue.js';
import { pass } from '../../../testing/passing-time.js';

interface Item {
  readonly name: string;
}

function setUp(isRepeated: boolean) {
  const reports: string[] = [];
  const report = ({ oldest, lastingMs, items }: Delay<Item>): void => {
    reports.push(`${oldest.name} for ${lastingMs}: ${items.map(({ name }) => name)}`);
  };
  return { reports, overdue: new Overdue<Item>(1_000, report, isRepeated) };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('items that are overdue', () => {
  it('are reported together, and once', async () => {
    const { reports, overdue } = setUp(false);
    for (const name of ['a', 'b']) overdue.begin({ name });
    await pass(500);
    overdue.begin({ name: 'c' });
    await pass(500);
    expect(reports).toEqual(['a for 1000: a,b']);
    await pass(10_000);
    expect(reports).toEqual(['a for 1000: a,b', 'c for 1000: c']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are reported again while they last, all in one report', async () => {
    const { reports, overdue } = setUp(true);
    const [a, b] = [{ name: 'a' }, { name: 'b' }];
    overdue.begin(a);
    await pass(500);
    overdue.begin(b);
    await pass(1_500);
    expect(reports).toEqual(['a for 1000: a', 'a for 2000: a,b']);
    overdue.end(a);
    await pass(1_000);
    expect(reports.slice(2)).toEqual(['b for 2500: b']);
    overdue.end(b);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are none when each ends in time, and one timer serves all', async () => {
    const { reports, overdue } = setUp(true);
    const items = Array.from({ length: 1_000 }, (_, index) => ({ name: String(index) }));
    for (const item of items) {
      overdue.begin(item);
      expect(vi.getTimerCount()).toBe(1);
      await pass(900);
      overdue.end(item);
    }
    expect([reports, vi.getTimerCount()]).toEqual([[], 0]);
  });
});
