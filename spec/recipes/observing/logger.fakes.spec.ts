import { describe, expect, it, vi } from 'vitest';
import { DataWatch, NoAuthError } from '../../../index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { turn } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';

const boom = new Error('boom');

describe('on a minimal client: errors without a listener', () => {
  it("go to the client's logger", async () => {
    const client = new FakeClient();
    client.readError = () => new NoAuthError('NO_AUTH');
    const watch = new DataWatch(client, '/node', () => {});
    await turn();
    watch.stop();
    expect(client.logger.items).toMatchObject([
      { level: 'error', details: { err: { code: 'NO_AUTH' }, path: '/node' } },
    ]);
  });

  it('go to the console when the client has no logger', async () => {
    const client = Object.assign(new FakeClient(), { logger: undefined as never });
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    const watch = new DataWatch(client, '/node', () => Promise.reject(boom));
    await turn();
    watch.stop();
    const calls = print.mock.calls;
    print.mockRestore();
    expect(calls).toEqual([[expect.stringMatching(/\/node threw: boom.*\n +at /)]]);
  });

  it.for([
    [
      'throws',
      () => {
        throw boom;
      },
    ],
    ['rejects', () => Promise.reject(boom)],
  ] as const)('do not end a watch whose function %s when the logger itself throws', async ([, fail]) => {
    const log = vi.fn(() => {
      throw new Error('the disk is full');
    });
    const print = vi.spyOn(console, 'error').mockImplementation(() => {});
    const client = Object.assign(new FakeClient(), { logger: { error: log } as never });
    const calls = new Recorder<string>();
    new DataWatch(client, '/node', (data) => {
      calls.record(String(data));
      return fail();
    });
    await turn();
    client.tree.create('/node', 'one');
    await turn();
    const printed = print.mock.calls;
    print.mockRestore();
    expect(calls.items).toEqual(['null', 'one']);
    expect(log).toHaveBeenCalledTimes(2);
    expect(printed).toEqual([
      [
        expect.stringMatching(
          /^zk-recipes: the logger threw at a line of level error: the disk is full; until it works, warnings and errors go to the console\n +at /,
        ),
      ],
      // The errors that the logger failed to log are not lost.
      ...Array(2).fill([expect.stringContaining(boom.message)]),
    ]);
  });
});
