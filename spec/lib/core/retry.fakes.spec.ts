import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectionLossError, NoNodeError, SessionExpiredError } from '../../../lib/core/errors.js';
import { backoff, completeRetryPolicy, RetryPauses, retry } from '../../../lib/core/retry.js';

const never = new AbortController().signal;

describe('backoff', () => {
  const policy = { minDelay: 50, maxDelay: 2_000, factor: 2 };

  afterEach(() => vi.restoreAllMocks());

  it('doubles the longest pause from minDelay up to maxDelay', () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8].map((failures) => backoff(failures, policy));
    expect(pauses).toEqual([50, 100, 200, 400, 800, 1_600, 2_000, 2_000]);
  });

  it('randomises half of each pause', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    expect([1, 2, 20].map((failures) => backoff(failures, policy))).toEqual([25, 50, 1_000]);
  });

  it('does not overflow, however many failures there were', () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    expect(backoff(1_000_000, { ...policy, factor: 1e300 })).toBe(2_000);
    expect(backoff(1_000_000, { minDelay: 0, maxDelay: 10, factor: 2 })).toBe(0);
  });
});

describe('retry', () => {
  const policy = completeRetryPolicy({ maxAttempts: 4, minDelay: 1, maxDelay: 2 });

  function failing(...errors: Error[]): { operation: () => Promise<string>; calls: () => number } {
    let calls = 0;
    const operation = async () => {
      const error = errors[calls];
      calls += 1;
      if (error) throw error;
      return 'done';
    };
    return { operation, calls: () => calls };
  }

  it('resolves with the result of the first attempt that succeeds', async () => {
    const { operation, calls } = failing(new ConnectionLossError('1'), new SessionExpiredError('2'));
    await expect(retry(operation, policy, never, new RetryPauses())).resolves.toBe('done');
    expect(calls()).toBe(3);
  });

  it('rejects with the last error after maxAttempts', async () => {
    const errors = [1, 2, 3, 4, 5].map((nth) => new ConnectionLossError(String(nth)));
    const { operation, calls } = failing(...errors);
    await expect(retry(operation, policy, never, new RetryPauses())).rejects.toBe(errors[3]);
    expect(calls()).toBe(4);
  });

  it('does not retry after an error that is not retryable', async () => {
    const error = new NoNodeError('gone');
    const { operation, calls } = failing(error);
    await expect(retry(operation, policy, never, new RetryPauses())).rejects.toBe(error);
    expect(calls()).toBe(1);
  });

  it('recognises the error of a third-party client by its code', async () => {
    const { operation, calls } = failing(Object.assign(new Error('third-party'), { code: 'CONNECTION_LOSS' }));
    await expect(retry(operation, policy, never, new RetryPauses())).resolves.toBe('done');
    expect(calls()).toBe(2);
  });

  it('treats an operation that throws like one that rejects', async () => {
    const error = new TypeError('thrown');
    const operation = () => {
      throw error;
    };
    await expect(retry(operation, policy, never, new RetryPauses())).rejects.toBe(error);
  });
});

describe('a pause', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('lasts for the requested time', async () => {
    let over = false;
    void new RetryPauses().pause(1_000, never).then(() => {
      over = true;
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toBe(true);
  });

  it('ends when the signal aborts, and leaves no timer', async () => {
    const controller = new AbortController();
    const pauses = new RetryPauses();
    const paused = pauses.pause(1_000_000, controller.signal);
    controller.abort();
    await paused;
    await pauses.pause(1_000_000, controller.signal);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends early with all other pauses that have begun, and leaves no timer', async () => {
    const pauses = new RetryPauses();
    const paused = [pauses.pause(1_000_000, never), pauses.pause(2_000_000, never)];
    pauses.endAll();
    await Promise.all(paused);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not shortened by an endAll() before it began', async () => {
    const pauses = new RetryPauses();
    pauses.endAll();
    let over = false;
    void pauses.pause(1_000, never).then(() => {
      over = true;
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
  });
});

describe('completeRetryPolicy', () => {
  it('fills missing fields from the defaults, and treats undefined as missing', () => {
    const defaults = { maxAttempts: 8, minDelay: 50, maxDelay: 2_000, factor: 2 };
    expect(completeRetryPolicy()).toEqual(defaults);
    expect(completeRetryPolicy({ maxAttempts: undefined as unknown as number })).toEqual(defaults);
    expect(completeRetryPolicy({ maxAttempts: 1 }, { ...defaults, factor: 3 })).toEqual({
      ...defaults,
      maxAttempts: 1,
      factor: 3,
    });
  });
});
