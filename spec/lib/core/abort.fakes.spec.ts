import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { abortWith, onAbort, unlessAborted } from '../../../lib/core/abort.js';

const REASON = new Error('enough');

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe('onAbort', () => {
  it('calls back once, when the signal aborts', () => {
    const controller = new AbortController();
    const calls: string[] = [];
    onAbort(controller.signal, () => calls.push('called'));
    expect(calls).toEqual([]);
    controller.abort();
    controller.abort();
    expect(calls).toEqual(['called']);
  });

  it('calls back at once when the signal has already aborted', () => {
    const calls: string[] = [];
    onAbort(AbortSignal.abort(), () => calls.push('called'));
    expect(calls).toEqual(['called']);
  });

  it('does nothing without a signal', () => {
    const remove = onAbort(undefined, () => expect.unreachable());
    expect(remove).not.toThrow();
  });

  it('adds one listener to the signal, however many callbacks there are', () => {
    const { signal } = new AbortController();
    for (let asked = 0; asked < 1_000; asked += 1) onAbort(signal, () => {});
    expect(listenersOf(signal)).toBe(1);
  });

  it('calls all callbacks in order, the same function twice if it was added twice', () => {
    const controller = new AbortController();
    const calls: string[] = [];
    const twice = () => calls.push('twice');
    onAbort(controller.signal, () => calls.push('first'));
    onAbort(controller.signal, twice);
    onAbort(controller.signal, twice);
    controller.abort();
    expect(calls).toEqual(['first', 'twice', 'twice']);
  });

  it('does not call a removed callback, and removes its listener with the last one', () => {
    const controller = new AbortController();
    const calls: string[] = [];
    const removeFirst = onAbort(controller.signal, () => calls.push('first'));
    const removeSecond = onAbort(controller.signal, () => calls.push('second'));
    removeFirst();
    removeFirst();
    expect(listenersOf(controller.signal)).toBe(1);
    removeSecond();
    expect(listenersOf(controller.signal)).toBe(0);
    controller.abort();
    expect(calls).toEqual([]);
  });

  it('can be used again after all callbacks were removed', () => {
    const controller = new AbortController();
    const calls: string[] = [];
    onAbort(controller.signal, () => calls.push('first'))();
    onAbort(controller.signal, () => calls.push('second'));
    controller.abort();
    expect(calls).toEqual(['second']);
    expect(listenersOf(controller.signal)).toBe(0);
  });

  it('lets a callback remove another one that is yet to be called', () => {
    const controller = new AbortController();
    const calls: string[] = [];
    let removeSecond = (): void => {};
    onAbort(controller.signal, () => removeSecond());
    removeSecond = onAbort(controller.signal, () => calls.push('second'));
    controller.abort();
    expect(calls).toEqual([]);
  });
});

describe('unlessAborted', () => {
  it('settles as the work does, and leaves no listener', async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve('done'), signal)).toBe('done');
    await expect(unlessAborted(Promise.reject(REASON), signal)).rejects.toBe(REASON);
    expect(listenersOf(signal)).toBe(0);
  });

  it('rejects with the reason of the signal, before or while the work goes on', async () => {
    const never = new Promise<void>(() => {});
    await expect(unlessAborted(never, AbortSignal.abort(REASON))).rejects.toBe(REASON);
    const controller = new AbortController();
    const waiting = unlessAborted(never, controller.signal);
    controller.abort(REASON);
    await expect(waiting).rejects.toBe(REASON);
  });

  it('lets the work fail later without anybody hearing of it', async () => {
    let fail = (_error: Error): void => {};
    const work = new Promise<void>((_, reject) => {
      fail = reject;
    });
    await expect(unlessAborted(work, AbortSignal.abort(REASON))).rejects.toBe(REASON);
    fail(new Error('late'));
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('abortWith', () => {
  it.each([0, 1])('aborts the controller with the reason of whichever signal aborts (%i)', (nth) => {
    const [target, ...sources] = [new AbortController(), new AbortController(), new AbortController()];
    abortWith(target as AbortController, undefined, ...sources.map(({ signal }) => signal));
    sources[nth]?.abort(REASON);
    expect(target?.signal.reason).toBe(REASON);
  });

  it('lets go of all signals', () => {
    const [target, source] = [new AbortController(), new AbortController()];
    abortWith(target, source.signal)();
    source.abort();
    expect([target.signal.aborted, listenersOf(source.signal)]).toEqual([false, 0]);
  });
});
