import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectionLossError, DataWatch, NoAuthError, ZooKeeperError } from '../../../index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { pass } from '../../../testing/passing-time.js';

const doNothing = (): void => {};

/** Errors of reads, each time the next one. */
function alternate(client: FakeClient): void {
  const errors = [
    () => new NoAuthError('not for you'),
    () => new ConnectionLossError('cut'),
    () => new ZooKeeperError('SYSTEM_ERROR', 'odd'),
    () => new Error('strange'),
  ];
  let reads = 0;
  client.readError = (operation) => {
    if (operation === 'exists') return undefined;
    reads += 1;
    return errors[reads % errors.length]?.();
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a flood of errors', () => {
  it.for([1, 200])('of 1,000 watches of %s paths, with alternating reasons, is a line per reason', async (paths) => {
    const client = new FakeClient();
    const watches = Array.from({ length: 1_000 }, (_, index) => new DataWatch(client, `/${index % paths}`, doNothing));
    alternate(client);
    for (let time = 0; time < 3_000; time += 50) {
      // As if the ACL were changed all the time.
      for (let path = 0; path < Math.min(paths, 20); path += 1) client.tree.create(`/${path}`);
      await pass(50);
      for (let path = 0; path < Math.min(paths, 20); path += 1) client.tree.delete(`/${path}`);
    }
    const reasons = ['not for you', 'odd', 'strange'];
    const line = /^a read of \/\d+ failed, and its watch reads again: (.*)$/;
    const said = client.logger.messages('error').map((message) => line.exec(message)?.[1]);
    expect(said.sort()).toEqual(reasons);
    expect(client.logger.items).toHaveLength(3);
    await pass(30_000);
    expect(client.logger.items.length).toBeLessThan(20);
    for (const watch of watches) watch.stop();
    client.become('closed');
    await pass(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('reaches each error listener once per reason, until a read succeeds', async () => {
    const client = new FakeClient();
    const errors: unknown[] = [];
    alternate(client);
    new DataWatch(client, '/node', doNothing).on('error', (error) => errors.push(error));
    await pass(600_000);
    expect(errors.map(String).sort()).toEqual(['Error: strange', 'NoAuthError: not for you', 'ZooKeeperError: odd']);
    expect(client.logger.items).toEqual([]);
  });

  it('that a function throws is five lines for each kind, and each error reaches the logger at debug level', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    const thrown: Error[] = [];
    const fail = (text: string): never => {
      const error = new Error(text);
      thrown.push(error);
      throw error;
    };
    for (let index = 0; index < 30; index += 1) new DataWatch(client, '/node', () => fail('the database is down'));
    new DataWatch(client, '/node', (data) => fail(`cannot parse ${data}`));
    for (let value = 1; value <= 10; value += 1) {
      client.tree.set('/node', String(value));
      await pass(10);
    }
    const messages = client.logger.messages('error');
    expect(messages.filter((message) => message.includes('the database is down; '))).toHaveLength(5);
    // A different text each time is a different error.
    expect(messages.filter((message) => message.includes('cannot parse'))).toHaveLength(11);
    const logged = client.logger.items.map(({ details }) => (details as { err?: unknown }).err);
    // By identity: `toEqual` would compare each with each.
    expect(new Set([...logged, ...thrown]).size).toBe(thrown.length);
    expect(logged).toHaveLength(thrown.length);
    await pass(30_000);
    expect(client.logger.messages('error').slice(16)).toEqual([
      'the function of the watch of /node threw: the database is down; the watch goes on: handle the error in the ' +
        "function, or by on('error', ...) (330 times in 30 s)",
    ]);
  });
});
