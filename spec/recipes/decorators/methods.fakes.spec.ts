import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import type { Stat, WatchedEvent } from '../../../index.js';
import { childrenWatch, dataWatch, watchesOf } from '../../../recipes/decorators/index.js';
import { eventually } from '../../../testing/eventually.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { turn } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';
import { retainedMemory } from '../../support/retained-memory.js';

function stage() {
  const client = new FakeClient();
  for (const path of ['/a', '/b', '/b/child']) client.tree.create(path, path);
  return { client, calls: new Recorder<string>() };
}

describe('a decorated method', () => {
  it('is called on its instance with all arguments of the watch', async () => {
    const { client } = stage();
    const calls: unknown[] = [];
    class Service {
      @dataWatch(client, '/a')
      onData(data: Buffer | null, stat: Stat | null, event: WatchedEvent | null): void {
        calls.push([this, String(data), stat?.version, event?.type ?? null]);
      }
    }
    const service = new Service();
    await turn();
    client.tree.set('/a', 'new');
    await turn();
    expect(calls).toEqual([
      [service, '/a', 0, null],
      [service, 'new', 1, 'NodeDataChanged'],
    ]);
    expect(calls).toSatisfy((all: unknown[][]) => all.every(([self]) => self === service));
  });

  it('has a watch of its own on each instance, which stops independently', async () => {
    const { client, calls } = stage();
    class Service {
      constructor(readonly name: string) {}

      @dataWatch(client, '/a')
      onData(data: Buffer | null): void {
        calls.record(`${this.name} ${data}`);
      }
    }
    const [first] = watchesOf(new Service('first'));
    const [second] = watchesOf(new Service('second'));
    await turn();
    first?.stop();
    client.tree.set('/a', 'new');
    await turn();
    expect(calls.items).toEqual(['first /a', 'second /a', 'second new']);
    second?.stop();
    expect(client.listenerCount).toBe(0);
  });

  it('stops its watch by returning false or a promise of false', async () => {
    const { client } = stage();
    class Service {
      @dataWatch(client, '/a')
      now(): boolean {
        return false;
      }

      @childrenWatch(client, '/b')
      async later(): Promise<boolean> {
        return false;
      }
    }
    const watches = watchesOf(new Service());
    await turn();
    expect(watches.map(({ stopped }) => stopped)).toEqual([true, true]);
  });

  it('that throws is reported to the error listeners of the watch, and is called again', async () => {
    const { client } = stage();
    const errors: unknown[] = [];
    let count = 0;
    class Service {
      @dataWatch(client, '/a')
      onData(): void {
        count += 1;
        throw new Error(`${count}`);
      }
    }
    for (const watch of watchesOf(new Service())) watch.on('error', (error) => errors.push(String(error)));
    await turn();
    client.tree.set('/a', 'new');
    await turn();
    expect(errors).toEqual(['Error: 1', 'Error: 2']);
  });

  it('is looked up at each call: a replacement on the instance is called', async () => {
    const { client, calls } = stage();
    class Service {
      @dataWatch(client, '/a')
      onData(data: Buffer | null): void {
        calls.record(`method ${data}`);
      }
    }
    const service = new Service();
    await turn();
    vi.spyOn(service, 'onData').mockImplementation((data) => calls.record(`spy ${data}`));
    client.tree.set('/a', 'new');
    await turn();
    expect(calls.items).toEqual(['method /a', 'spy new']);
  });

  it('may have any name, and be private or static or both', async () => {
    const { client, calls } = stage();
    const symbol = Symbol('on data');
    class Service {
      static readonly label = 'Service';
      readonly label = 'service';

      @dataWatch(client, '/a')
      [symbol](): void {
        calls.record(`symbol of ${this.label}`);
      }

      @dataWatch(client, '/a')
      #onData(): void {
        calls.record(`private of ${this.label}`);
      }

      @dataWatch(client, '/a')
      static onData(): void {
        calls.record(`static of ${Service.label}`);
      }

      @dataWatch(client, '/a')
      static #onClass(): void {
        calls.record(`static private of ${Service.label}`);
      }

      readonly used = () => [this.#onData, Service.#onClass];
    }
    expect(watchesOf(Service)).toHaveLength(2);
    expect(watchesOf(new Service())).toHaveLength(2);
    await turn();
    expect(calls.items).toEqual([
      'static of Service',
      'static private of Service',
      'symbol of service',
      'private of service',
    ]);
  });

  it('accepts the options of its watch', async () => {
    const { client, calls } = stage();
    const abort = new AbortController();
    class Service {
      @dataWatch(client, '/a', { signal: abort.signal })
      onData(data: Buffer | null): void {
        calls.record(`data ${data}`);
      }

      @childrenWatch(client, '/none', { waitForNode: true, sendEvent: true })
      onChildren(children: string[] | null, event: WatchedEvent | null): void {
        calls.record(`children ${children} ${event?.type}`);
      }
    }
    const [data, children] = watchesOf(new Service());
    await turn();
    abort.abort();
    client.tree.set('/a', 'new');
    client.tree.create('/none');
    await turn();
    expect(calls.items).toEqual(['data /a', 'children null undefined', 'children  NodeCreated']);
    expect([data?.stopped, children?.stopped]).toEqual([true, false]);
    children?.stop();
  });

  it('adds no listener to the signal before there is an instance', () => {
    const { client } = stage();
    const { signal } = new AbortController();
    class Service {
      @dataWatch(client, '/a', { signal })
      onData(): void {}
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    const [watch] = watchesOf(new Service());
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    watch?.stop();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('keeps its instance alive exactly as long as its watch runs', async () => {
    const { client, calls } = stage();
    class Service {
      @dataWatch(client, '/a')
      onData(data: Buffer | null): void {
        calls.record(`called ${data}`);
      }
    }
    const abandoned = new WeakRef(new Service());
    const stopped = (() => {
      const service = new Service();
      for (const watch of watchesOf(service)) watch.stop();
      return new WeakRef(service);
    })();
    await eventually(async () => {
      await retainedMemory();
      return stopped.deref() === undefined;
    });
    expect(abandoned.deref()).toBeDefined();
    client.tree.set('/a', 'new');
    await turn();
    expect(calls.items).toEqual(['called /a', 'called new']);
  });
});
