import { describe, expect } from 'vitest';
import { ChildrenWatch, DataWatch } from '../../../index.js';
import { turn } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';
import { it, recordStates } from '../../support/fixtures.js';

const boom = new Error('boom');

/** Ways to fail, by the name in the spec. */
const FAILURES: readonly (readonly [string, () => unknown])[] = [
  [
    'throws',
    () => {
      throw boom;
    },
  ],
  ['returns a promise that rejects', () => Promise.reject(boom)],
  [
    'returns a thenable that rejects',
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what this is about
    () => ({ then: (_resolve: unknown, reject: (error: unknown) => void) => reject(boom) }),
  ],
  [
    'returns a thenable whose then throws',
    () => ({
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what this is about
      get then() {
        throw boom;
      },
    }),
  ],
];

describe('7. A throwing function', () => {
  it.for(FAILURES)('is called again when it %s at its first call', async ([, fail], { client, other, logger }) => {
    await other.create('/node', '0');
    const calls = new Recorder<string>();
    const errors = new Recorder<unknown>();
    const watch = new DataWatch(client, '/node', (data) => {
      calls.record(String(data));
      return calls.items.length === 1 ? fail() : undefined;
    }).on('error', errors.record);

    await expect(watch.ready).rejects.toBe(boom);
    expect(errors.items).toEqual([boom]);
    await other.setData('/node', '1');
    expect(await calls.untilCount(2)).toEqual(['0', '1']);
    expect(watch.stopped).toBe(false);
    expect(errors.items).toEqual([boom]);
    expect(logger.messages('error')).toEqual([]);
  });

  it.for(FAILURES)('is called again when it %s at a later call', async ([, fail], { client, other }) => {
    await other.create('/node');
    const calls = new Recorder<string[]>();
    const errors = new Recorder<unknown>();
    const watch = new ChildrenWatch(client, '/node', (children) => {
      calls.record(children);
      return children.length === 1 ? fail() : undefined;
    }).on('error', errors.record);

    await expect(watch.ready).resolves.toBeUndefined();
    await other.create('/node/a');
    await errors.untilCount(1);
    await other.create('/node/b');
    expect(await calls.untilCount(3)).toEqual([[], ['a'], ['a', 'b']]);
    expect(errors.items).toEqual([boom]);
  });

  it.for(FAILURES)(
    "is logged on the client's logger when it %s without an error listener",
    async ([, fail], { client, logger }) => {
      const watch = new DataWatch(client, '/node', fail);
      await expect(watch.ready).rejects.toBe(boom);
      const all = await logger.until((lines) => lines.some(({ level }) => level === 'error'));
      const line = all.find(({ level }) => level === 'error');
      expect(line).toMatchObject({ level: 'error', details: { err: boom, path: '/node' } });
      expect(logger.messages('error')).toHaveLength(1);
    },
  );

  it('is not called a second time when it throws a TypeError', async ({ client, other }) => {
    await other.create('/node', '0');
    const calls = new Recorder<string>();
    const watch = new DataWatch(client, '/node', (data) => {
      calls.record(String(data));
      throw new TypeError('boom');
    }).on('error', () => {});
    await expect(watch.ready).rejects.toThrow(TypeError);
    await other.setData('/node', '1');
    expect(await calls.untilCount(2)).toEqual(['0', '1']);
  });

  it('may throw undefined', async ({ client }) => {
    const errors = new Recorder<unknown>();
    const watch = new DataWatch(client, '/node', () => Promise.reject(undefined)).on('error', errors.record);
    await expect(watch.ready).rejects.toBeUndefined();
    expect(errors.items).toEqual([undefined]);
  });

  it('causes no unhandled rejection, even when `ready` was asked for and not awaited', async ({ client }) => {
    const unhandled = new Recorder<unknown>();
    process.on('unhandledRejection', unhandled.record);
    const errors = new Recorder<unknown>();
    for (const [, fail] of FAILURES) {
      const watch = new DataWatch(client, '/node', fail).on('error', errors.record);
      void watch.ready;
      new DataWatch(client, '/node', fail).on('error', errors.record);
    }
    await errors.untilCount(2 * FAILURES.length);
    await turn();
    process.off('unhandledRejection', unhandled.record);
    expect(unhandled.items).toEqual([]);
  });

  it('does not affect other watches of the path', async ({ client, other }) => {
    await other.create('/node', '0');
    const failing = new DataWatch(client, '/node', () => {
      throw boom;
    }).on('error', () => {});
    const calls = new Recorder<string>();
    const beside = new DataWatch(client, '/node', (data) => calls.record(String(data)));
    await Promise.allSettled([failing.ready, beside.ready]);
    await other.setData('/node', '1');
    expect(await calls.untilCount(2)).toEqual(['0', '1']);
  });

  it('is reported when it throws after it has stopped the watch', async ({ client }) => {
    const errors = new Recorder<unknown>();
    const watch: DataWatch = new DataWatch(client, '/node', () => {
      watch.stop();
      throw boom;
    }).on('error', errors.record);
    await expect(watch.ready).rejects.toBe(boom);
    expect(errors.items).toEqual([boom]);
  });

  it("does no harm through an 'error' listener that throws or rejects", async ({ client, other, logger }) => {
    await other.create('/node', '0');
    const calls = new Recorder<string>();
    const errors = new Recorder<unknown>();
    const worse = new Error('worse');
    new DataWatch(client, '/node', (data) => {
      calls.record(String(data));
      throw boom;
    })
      .on('error', () => {
        throw worse;
      })
      .on('error', () => Promise.reject(worse))
      .on('error', errors.record);
    await errors.untilCount(1);
    await other.setData('/node', '1');
    expect(await errors.untilCount(2)).toEqual([boom, boom]);
    expect(calls.items).toEqual(['0', '1']);
    const lines = await logger.until((all) => all.filter(({ level }) => level === 'error').length === 4);
    const reported = lines.filter(({ level }) => level === 'error').map(({ details }) => details);
    expect(reported).toEqual(Array(4).fill({ err: worse, path: '/node' }));
  });

  it("does no harm through a 'stop' listener that throws", async ({ client, logger }) => {
    const reasons = new Recorder<string>();
    const watch = new DataWatch(client, '/node', () => {})
      .on('stop', () => {
        throw boom;
      })
      .on('stop', reasons.record);
    await watch.ready;
    watch.stop();
    expect(await reasons.untilCount(1)).toEqual(['stopped']);
    const lines = logger.items.filter(({ level }) => level !== 'info');
    expect(lines).toMatchObject([{ level: 'error', details: { err: boom } }]);
  });

  it("does no harm through a 'state' listener that throws or rejects", async ({ proxied, proxy, other, logger }) => {
    proxied.on('state', () => {
      throw boom;
    });
    proxied.on('state', () => Promise.reject(boom));
    await other.create('/node', '0');
    const calls = new Recorder<string>();
    await new DataWatch(proxied, '/node', (data) => calls.record(String(data))).ready;
    const states = recordStates(proxied);
    proxy.refuse();
    proxy.cut();
    await states.until((seen) => seen.includes('suspended'));
    await other.setData('/node', '1');
    await proxy.accept();
    expect(await calls.untilCount(2)).toEqual(['0', '1']);
    await other.setData('/node', '2');
    expect(await calls.untilCount(3)).toEqual(['0', '1', '2']);
    const reported = logger.items.filter(({ level }) => level === 'error');
    expect(reported.length).toBeGreaterThanOrEqual(4);
    expect(reported.every(({ details }) => (details as { err: unknown }).err === boom)).toBe(true);
  });
});
