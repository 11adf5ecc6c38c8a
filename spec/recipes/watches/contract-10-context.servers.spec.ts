import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect } from 'vitest';
import { ChildrenWatch, DataWatch, dataWatch, watchesOf } from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import { it, recordStates } from '../../support/fixtures.js';

const storage = new AsyncLocalStorage<string>();
const store = (): string => storage.getStore() ?? 'none';

describe('10. The AsyncLocalStorage context', () => {
  it('of each call is that of the registration, over changes and recoveries', async ({ proxied, proxy, other }) => {
    await other.create('/node', '0');
    const calls = new Recorder<string>();
    const record = (name: string) => (): void => calls.record(`${name}: ${store()}`);
    const options = { waitForNode: true } as const;
    const readies = [
      storage.run('a', () => new DataWatch(proxied, '/node', record('data')).ready),
      storage.run('b', () => new ChildrenWatch(proxied, '/node', record('children'), options).ready),
      new DataWatch(proxied, '/node', record('plain')).ready,
    ];
    const late = storage.run('constructor', () => new DataWatch(proxied, '/node'));
    storage.run('register', () => late.register(record('late')));
    await Promise.all([...readies, late.ready]);
    const ofEach = ['children: b', 'data: a', 'late: register', 'plain: none'];
    const ofData = ofEach.slice(1);
    expect([...calls.items].sort()).toEqual(ofEach);

    calls.clear();
    await storage.run('writer', () => other.setData('/node', '1'));
    expect([...(await calls.untilCount(3))].sort()).toEqual(ofData);

    calls.clear();
    const states = recordStates(proxied);
    proxy.refuse();
    proxy.cut();
    await states.until((seen) => seen.includes('suspended'));
    await other.setData('/node', '2');
    await other.create('/node/child');
    await proxy.accept();
    expect([...(await calls.untilCount(4))].sort()).toEqual(ofEach);
  });

  it('of a call is not that of an earlier call, nor of another watch', async ({ client, other }) => {
    await other.create('/node', '0');
    const calls = new Recorder<string>();
    const plant = (): void => {
      calls.record(store());
      storage.enterWith('planted');
    };
    await new DataWatch(client, '/node', plant).ready;
    await storage.run('a', () => new DataWatch(client, '/node', plant).ready);
    await other.setData('/node', '1');
    await calls.untilCount(4);
    expect([...calls.items].sort()).toEqual(['a', 'a', 'none', 'none']);
  });

  it('of a loop is that of its consumer', async ({ client, other }) => {
    await other.create('/node', '0');
    const turns = new Recorder<string>();
    const watch = storage.run('maker', () => new DataWatch(client, '/node'));
    const loop = storage.run('consumer', async () => {
      for await (const { data } of watch) {
        turns.record(`${data}: ${store()}`);
        if (String(data) === '1') break;
      }
    });
    await turns.untilCount(1);
    await other.setData('/node', '1');
    await loop;
    expect(turns.items).toEqual(['0: consumer', '1: consumer']);
  });

  it('of a decorated method is that in which its instance was made', async ({ client, other }) => {
    await other.create('/node', '0');
    const calls = new Recorder<string>();
    class Service {
      @dataWatch(client, '/node')
      onData(): void {
        calls.record(store());
      }
    }
    const service = storage.run('maker', () => new Service());
    await Promise.all(storage.run('elsewhere', () => watchesOf(service)).map((watch) => watch.ready));
    expect(calls.items).toEqual(['maker']);
    for (const watch of watchesOf(service)) watch.stop();
  });

  it('of a listener is that in which it was added', async ({ makeClient, other }) => {
    await other.create('/node', '0');
    const seen = new Recorder<string>();
    const client = makeClient();
    storage.run('of states', () => client.on('state', (state) => seen.record(`${state}: ${store()}`)));
    await storage.run('of connect()', () => client.connect());
    const watch = storage.run('of the watch', () => {
      return new DataWatch(client, '/node', () => {
        throw new Error('boom');
      });
    });
    storage.run('of errors', () => watch.on('error', () => seen.record(`error: ${store()}`)));
    storage.run('of stops', () => watch.on('stop', () => seen.record(`stop: ${store()}`)));
    await expect(watch.ready).rejects.toThrow('boom');
    storage.run('of stop()', () => watch.stop());
    await seen.untilCount(4);
    await storage.run('of close()', () => client.close());
    const expected = ['connecting: of states', 'connected: of states', 'error: of errors', 'stop: of stops'];
    expect(await seen.untilCount(5)).toEqual([...expected, 'closed: of states']);
  });

  it('of a one-shot watcher is that of the call that armed it last', async ({ client, other }) => {
    await other.create('/node', '0');
    const calls = new Recorder<string>();
    const watcher = (): void => calls.record(store());
    const plain = (): void => calls.record(`plain ${store()}`);
    await client.getData('/node', plain);
    await storage.run('a', () => client.getData('/node', watcher));
    await storage.run('b', () => client.exists('/node', watcher));
    await storage.run('c', () => client.getChildren('/node', watcher));
    await storage.run('writer', () => other.setData('/node', '1'));
    await calls.untilCount(2);
    await other.create('/node/child');
    await calls.untilCount(3);
    expect(calls.items).toEqual(['plain none', 'b', 'c']);
    await storage.run('a', () => client.getData('/node', watcher));
    client.removeWatcher('/node', watcher);
    await other.setData('/node', '2');
    await client.sync('/node');
    expect(calls.items).toHaveLength(3);
  });
});
