import { afterEach, describe, expect, it, vi } from 'vitest';
import { TurnBudget } from '../../../lib/core/turn-budget.js';
import { turn } from '../../../testing/passing-time.js';

describe('the work of one turn of the event loop', () => {
  afterEach(() => void vi.useRealTimers());

  it('goes on at once up to its limit, and then in the next turn', async () => {
    const budget = new TurnBudget(10);
    expect([budget.spend(5), budget.spend(4)]).toEqual([undefined, undefined]);
    const next = budget.spend(1);
    expect(next).toBeInstanceOf(Promise);
    expect(budget.spend(1)).toBe(next);
    await next;
    expect(budget.spend(9)).toBeUndefined();
    expect(budget.spend(1)).toBeInstanceOf(Promise);
  });

  it('starts over in each turn, also when nobody waited', async () => {
    const budget = new TurnBudget(10);
    for (let times = 0; times < 5; times += 1) {
      expect(budget.spend(9)).toBeUndefined();
      await turn();
    }
  });

  it('goes on under fake timers that nobody advances', async () => {
    vi.useFakeTimers({ toFake: ['setImmediate', 'setTimeout'] });
    await new TurnBudget(1).spend(1);
  });
});
