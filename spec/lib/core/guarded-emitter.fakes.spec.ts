import { describe, expect, it } from 'vitest';
import { callGuarded, GuardedEmitter, isThenable } from '../../../lib/core/guarded-emitter.js';
import { Recorder } from '../../../testing/recorder.js';

interface Events {
  news: (text: string) => void;
}

class Emitter extends GuardedEmitter<Events> {
  readonly reported = new Recorder<unknown>();

  protected override get knownEvents(): readonly string[] {
    return ['news'];
  }

  protected override reportListenerError(error: unknown): void {
    this.reported.record(error);
  }
}

describe('GuardedEmitter', () => {
  it('calls the other listeners when one throws, and reports the error', () => {
    const emitter = new Emitter();
    const error = new Error('thrown');
    const heard: string[] = [];
    emitter.on('news', () => {
      throw error;
    });
    emitter.on('news', (text) => heard.push(text));
    emitter.emit('news', 'first');
    emitter.emit('news', 'second');
    expect(heard).toEqual(['first', 'second']);
    expect(emitter.reported.items).toEqual([error, error]);
  });

  it('reports the error that a listener rejects with', async () => {
    const emitter = new Emitter();
    const error = new Error('rejected');
    emitter.on('news', async () => {
      throw error;
    });
    emitter.emit('news', 'bad');
    expect(await emitter.reported.untilCount(1)).toEqual([error]);
  });

  it('removes the given listener', () => {
    const emitter = new Emitter();
    const heard: string[] = [];
    const listener = (text: string) => heard.push(text);
    emitter.on('news', listener).once('news', listener);
    emitter.off('news', listener);
    emitter.emit('news', 'unheard');
    expect([heard, emitter.listenerCount('news')]).toEqual([[], 0]);
  });

  it('removes all listeners when none is given, and none when the given one is not registered', () => {
    const emitter = new Emitter();
    emitter.on('news', () => {});
    emitter.off('news', () => {});
    expect(emitter.listenerCount('news')).toBe(1);
    emitter.off('news');
    expect(emitter.listenerCount('news')).toBe(0);
  });

  it('calls a once-listener once', () => {
    const emitter = new Emitter();
    const heard: string[] = [];
    emitter.once('news', (text) => heard.push(text));
    emitter.emit('news', 'first');
    emitter.emit('news', 'second');
    expect(heard).toEqual(['first']);
  });

  it('has addListener and removeListener as aliases of on and off', () => {
    const emitter = new Emitter();
    const listener = (): void => {};
    emitter.addListener('news', listener);
    expect(emitter.listeners('news')).toEqual([listener]);
    emitter.removeListener('news', listener);
    expect(emitter.listeners('news')).toEqual([]);
  });

  it('calls a listener twice that was added twice', () => {
    const emitter = new Emitter();
    const heard: string[] = [];
    const listener = (text: string) => heard.push(text);
    emitter.on('news', listener).on('news', listener);
    emitter.emit('news', 'once');
    expect(heard).toEqual(['once', 'once']);
  });
});

describe('callGuarded', () => {
  it('reports a thenable whose getter throws', () => {
    const error = new Error('then');
    const hostile = {
      // biome-ignore lint/suspicious/noThenProperty: hostile on purpose
      get then(): unknown {
        throw error;
      },
    };
    const reported: unknown[] = [];
    callGuarded(
      () => hostile,
      [],
      (reason) => reported.push(reason),
    );
    expect(reported).toEqual([error]);
  });
});

describe('isThenable', () => {
  it.each([[null], [undefined], [0], ['text'], [{}], [() => {}]])('does not await %o', (value) => {
    expect(isThenable(value)).toBe(false);
  });

  it('awaits a promise', () => {
    expect(isThenable(Promise.resolve())).toBe(true);
  });
});
