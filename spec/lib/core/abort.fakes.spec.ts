import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { onAbort } from '../../../lib/core/abort.js';

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
