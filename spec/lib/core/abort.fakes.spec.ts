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

  it('calls back at once when the signal has aborted', () => {
    const calls: string[] = [];
    onAbort(AbortSignal.abort(), () => calls.push('called'));
    expect(calls).toEqual(['called']);
  });

  it('does nothing without a signal', () => {
    const letGo = onAbort(undefined, () => expect.unreachable());
    expect(letGo).not.toThrow();
  });

  it('hangs one listener on the signal, however many ask', () => {
    const { signal } = new AbortController();
    for (let asked = 0; asked < 1_000; asked += 1) onAbort(signal, () => {});
    expect(listenersOf(signal)).toBe(1);
  });

  it('calls all who ask, in order, with the same function twice too', () => {
    const controller = new AbortController();
    const calls: string[] = [];
    const twice = () => calls.push('twice');
    onAbort(controller.signal, () => calls.push('first'));
    onAbort(controller.signal, twice);
    onAbort(controller.signal, twice);
    controller.abort();
    expect(calls).toEqual(['first', 'twice', 'twice']);
  });

  it('does not call who has let go, and takes its listener away with the last', () => {
    const controller = new AbortController();
    const calls: string[] = [];
    const letGoFirst = onAbort(controller.signal, () => calls.push('first'));
    const letGoSecond = onAbort(controller.signal, () => calls.push('second'));
    letGoFirst();
    letGoFirst();
    expect(listenersOf(controller.signal)).toBe(1);
    letGoSecond();
    expect(listenersOf(controller.signal)).toBe(0);
    controller.abort();
    expect(calls).toEqual([]);
  });

  it('can be asked again after all have let go', () => {
    const controller = new AbortController();
    const calls: string[] = [];
    onAbort(controller.signal, () => calls.push('first'))();
    onAbort(controller.signal, () => calls.push('second'));
    controller.abort();
    expect(calls).toEqual(['second']);
    expect(listenersOf(controller.signal)).toBe(0);
  });

  it('lets one let another go while both are being called', () => {
    const controller = new AbortController();
    const calls: string[] = [];
    let letGoSecond = (): void => {};
    onAbort(controller.signal, () => letGoSecond());
    letGoSecond = onAbort(controller.signal, () => calls.push('second'));
    controller.abort();
    expect(calls).toEqual([]);
  });
});
