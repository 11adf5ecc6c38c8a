import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { captureContext, NO_STORES, withoutContext } from '../../../lib/core/call-context.js';
import { GuardedEmitter } from '../../../lib/core/guarded-emitter.js';

const storage = new AsyncLocalStorage<unknown>();
const other = new AsyncLocalStorage<unknown>();
const stores = (): unknown[] => [storage.getStore(), other.getStore()];

class Emitter extends GuardedEmitter<{ event: () => void; other: () => void }> {
  readonly errors: unknown[] = [];

  protected override readonly knownEvents = ['event', 'other'];

  protected override reportListenerError(error: unknown): void {
    this.errors.push(error);
  }
}

describe('a captured context', () => {
  it('has the stores of its capture, also after an await, wherever it is called', async () => {
    const contexts = [
      storage.run('a', captureContext),
      storage.run('a', () => other.run('b', captureContext)),
      other.run(undefined, captureContext),
      other.run(7, captureContext),
    ];
    const later = async (): Promise<unknown[]> => {
      await null;
      return stores();
    };
    const expected = [
      ['a', undefined],
      ['a', 'b'],
      [undefined, undefined],
      [undefined, 7],
    ];
    await storage.run('elsewhere', async () => {
      expect(contexts.map((context) => context.call(stores))).toEqual(expected);
      expect(await Promise.all(contexts.map((context) => context.call(later)))).toEqual(expected);
      expect(stores()).toEqual(['elsewhere', undefined]);
    });
  });

  it('is one for all captures without a store, and one for captures in a row with the same stores', () => {
    expect(captureContext()).toBe(NO_STORES);
    expect(storage.run(undefined, captureContext)).toBe(NO_STORES);
    const store = {};
    const [first, second] = [storage.run(store, captureContext), storage.run(store, captureContext)];
    expect(second).toBe(first);
    expect(storage.run({}, captureContext)).not.toBe(first);
    expect(storage.run(store, () => other.run(1, captureContext))).not.toBe(first);
  });

  it('is not changed by what a call does to its stores', () => {
    const context = storage.run('a', captureContext);
    for (const each of [context, NO_STORES]) {
      const before = each.call(stores);
      each.call(() => storage.enterWith('planted'));
      expect(each.call(stores)).toEqual(before);
      expect(stores()).toEqual([undefined, undefined]);
    }
  });

  it('passes on the result and the error', () => {
    expect(NO_STORES.call(() => 7)).toBe(7);
    expect(() =>
      NO_STORES.call(() => {
        throw new RangeError('boom');
      }),
    ).toThrow(RangeError);
  });
});

describe("the library's own work", () => {
  it('has no store, also after an await and in a nested call', async () => {
    await storage.run('a', async () => {
      const seen = withoutContext(async () => {
        const first = [captureContext() === NO_STORES, ...withoutContext(stores)];
        await null;
        return [...first, ...stores()];
      });
      expect(await seen).toEqual([true, undefined, undefined, undefined, undefined]);
      expect(captureContext()).not.toBe(NO_STORES);
    });
  });
});

describe('a listener', () => {
  it('is called in the context in which it was added, also when the same function is added in two', () => {
    const emitter = new Emitter();
    const seen: unknown[] = [];
    const listener = (): void => void seen.push(storage.getStore());
    storage.run('a', () => emitter.on('event', listener));
    storage.run('b', () => emitter.on('other', listener));
    storage.run('c', () => emitter.once('event', listener));
    storage.run('elsewhere', () => {
      emitter.emit('event');
      emitter.emit('other');
    });
    expect(seen).toEqual(['a', 'c', 'b']);
    emitter.off('event', listener);
    emitter.off('other', listener);
    expect([emitter.listenerCount('event'), emitter.listenerCount('other')]).toEqual([0, 0]);
  });

  it('cannot change the context of another', () => {
    const emitter = new Emitter();
    const seen: unknown[] = [];
    emitter.on('event', () => storage.enterWith('planted'));
    emitter.on('event', () => seen.push(storage.getStore()));
    emitter.emit('event');
    emitter.emit('event');
    expect([...seen, storage.getStore()]).toEqual([undefined, undefined, undefined]);
  });
});
