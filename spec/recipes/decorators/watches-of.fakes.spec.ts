import { describe, expect, it, vi } from 'vitest';
import { ChildrenWatch, DataWatch } from '../../../index.js';
import { childrenWatch, dataWatch, watchesOf } from '../../../recipes/decorators/index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { turn } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';

function stage() {
  const client = new FakeClient();
  for (const path of ['/a', '/b', '/b/child']) client.tree.create(path, path);
  return { client, calls: new Recorder<string>() };
}

describe('the watches of an instance', () => {
  it('start after the constructor, in which the instance has no fields yet', async () => {
    const { client, calls } = stage();
    class Service {
      readonly client = client;
      readonly path: string;

      constructor(path: string) {
        this.path = path;
      }

      @dataWatch(
        (self: Service) => self.client,
        (self: Service) => self.path,
      )
      onData(data: Buffer | null): void {
        calls.record(`${this.path} ${data}`);
      }
    }
    new Service('/a');
    expect(client.reads).toEqual([]);
    await turn();
    expect(calls.items).toEqual(['/a /a']);
  });

  it('start at once when watchesOf() is called, and only once', async () => {
    const { client } = stage();
    const path = vi.fn(() => '/a');
    class Service {
      @dataWatch(client, path)
      onData(): void {}
    }
    const service = new Service();
    expect(path).not.toHaveBeenCalled();
    const watches = watchesOf(service);
    await Promise.all(watches.map(({ ready }) => ready));
    expect(watchesOf(service)).toEqual(watches);
    expect(path.mock.calls).toEqual([[service]]);
    expect(client.reads).toEqual(['getData /a']);
  });

  it('are in the order of their declaration, several of one method from the top down', async () => {
    const { client, calls } = stage();
    class Service {
      @dataWatch(client, '/a/1')
      one(): void {}

      @dataWatch(client, '/a/2')
      @childrenWatch(client, '/a/3', { waitForNode: true })
      @dataWatch(client, '/a/4')
      several(): void {
        calls.record('several');
      }

      @childrenWatch(client, '/a/5', { waitForNode: true })
      last(): void {}
    }
    const watches = watchesOf(new Service());
    expect(watches.map(({ path }) => path)).toEqual(['/a/1', '/a/2', '/a/3', '/a/4', '/a/5']);
    expect(watches.map((watch) => watch.constructor)).toEqual([
      DataWatch,
      DataWatch,
      ChildrenWatch,
      DataWatch,
      ChildrenWatch,
    ]);
    await turn();
    expect(calls.items).toEqual(['several', 'several', 'several']);
  });

  it('stay in their places when they have stopped', async () => {
    const { client } = stage();
    class Service {
      @childrenWatch(client, '/none')
      gone(): void {}

      @dataWatch(client, '/a')
      there(): void {}
    }
    const service = new Service();
    await turn();
    expect(watchesOf(service).map(({ path, stopped }) => [path, stopped])).toEqual([
      ['/none', true],
      ['/a', false],
    ]);
  });

  it('are none for a class without decorators, and for a copy of the instance', () => {
    const { client } = stage();
    class Service {
      @dataWatch(client, '/a')
      onData(): void {}
    }
    expect(watchesOf({})).toEqual([]);
    expect(watchesOf(Service)).toEqual([]);
    expect(watchesOf({ ...new Service() })).toEqual([]);
  });

  it('start although the constructor throws, which can stop them itself', async () => {
    const { client, calls } = stage();
    class Service {
      constructor(readonly name: string) {
        try {
          throw new Error(`no ${name}`);
        } catch (error) {
          if (name === 'careful') for (const watch of watchesOf(this)) watch.stop();
          throw error;
        }
      }

      @dataWatch(client, '/a')
      onData(): void {
        calls.record(this.name);
      }
    }
    expect(() => new Service('careful')).toThrow('no careful');
    expect(() => new Service('careless')).toThrow('no careless');
    await turn();
    expect(calls.items).toEqual(['careless']);
  });
});

describe('a plain registration', () => {
  it('makes a watch of the function at once', async () => {
    const { client, calls } = stage();
    const data = dataWatch(client, '/a')((value) => calls.record(`data ${value}`));
    const children = childrenWatch(client, '/b')((names) => calls.record(`children ${names}`));
    expect(data).toBeInstanceOf(DataWatch);
    expect(children).toBeInstanceOf(ChildrenWatch);
    expect(client.reads).toEqual(['getData /a', 'getChildren /b']);
    await turn();
    expect(calls.items).toEqual(['data /a', 'children child']);
  });

  it('calls the functions for client and path, and passes the options on', async () => {
    const { client, calls } = stage();
    const register = dataWatch(
      () => client,
      () => '/a',
      { signal: AbortSignal.abort() },
    );
    expect(register(() => calls.record('called')).stopped).toBe(true);
    const waiting = childrenWatch(client, '/none', { waitForNode: true, sendEvent: true });
    waiting((children, event) => calls.record(`${children} ${event}`));
    await turn();
    expect(calls.items).toEqual(['null null']);
  });
});
