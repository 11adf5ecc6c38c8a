import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClientState, CoordinationClient } from '../../../lib/core/coordination-client.js';
import { ConnectionLossError, NoAuthError } from '../../../lib/core/errors.js';
import { OBSERVING } from '../../../lib/core/limits.js';
import { Synchronizer } from '../../../recipes/tree/synchronizer.js';
import { pass } from '../../../testing/passing-time.js';

/** A client whose requests wait to be answered. */
class SyncingClient extends EventEmitter {
  state: ClientState = 'connected';
  lastZxid = 5n;
  readonly asked: { answer(): void; refuse(error: Error): void }[] = [];

  sync(): Promise<void> {
    return new Promise((answer, refuse) => this.asked.push({ answer, refuse }));
  }

  become(state: ClientState): void {
    this.state = state;
    this.emit('state', state);
  }
}

let client: SyncingClient;
let calls: unknown[];
let synchronizer: Synchronizer;

function start(): Synchronizer {
  return new Synchronizer(client as unknown as CoordinationClient, '/a', {
    synchronized: (zxid) => calls.push(zxid),
    failed: (error) => calls.push(error),
    clientClosed: () => calls.push('closed'),
  });
}

beforeEach(async () => {
  vi.useFakeTimers();
  client = new SyncingClient();
  calls = [];
  synchronizer = start();
  await pass(0);
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  expect(client.listenerCount('state')).toBe(0);
  vi.useRealTimers();
});

describe('the synchronization before a resumption', () => {
  it('ends with the newest transaction of the server', async () => {
    client.asked[0]?.answer();
    await pass(0);
    expect(calls).toEqual([5n]);
  });

  it('asks once, however often the connection changes until the answer comes', async () => {
    client.become('suspended');
    client.become('connected');
    client.become('connected');
    expect(client.asked).toHaveLength(1);
    client.asked[0]?.answer();
    await pass(0);
    expect(calls).toEqual([5n]);
  });

  it('is tried again after a failure of the connection: after a pause, and at once after its return', async () => {
    client.asked[0]?.refuse(new ConnectionLossError('lost'));
    await pass(2 * OBSERVING.retry.minDelay);
    expect(client.asked).toHaveLength(2);
    client.asked[1]?.refuse(new ConnectionLossError('lost'));
    await pass(0);
    client.become('suspended');
    client.become('connected');
    expect(client.asked).toHaveLength(3);
    client.asked[2]?.answer();
    await pass(0);
    expect(calls).toEqual([5n]);
  });

  it('waits without a connection', async () => {
    client.asked[0]?.refuse(new ConnectionLossError('lost'));
    client.become('suspended');
    await pass(10 * OBSERVING.retry.maxDelay);
    expect(client.asked).toHaveLength(1);
    client.become('connected');
    client.asked[1]?.answer();
    await pass(0);
    expect(calls).toEqual([5n]);
  });

  it('is given up after an error that will not go away', async () => {
    const error = new NoAuthError('no permission');
    client.asked[0]?.refuse(error);
    await pass(0);
    client.become('connected');
    expect([calls, client.asked.length]).toEqual([[error], 1]);
  });

  it('ends with the client', async () => {
    client.become('closed');
    client.asked[0]?.refuse(new ConnectionLossError('closed'));
    await pass(OBSERVING.retry.maxDelay);
    expect([calls, client.asked.length]).toEqual([['closed'], 1]);
  });

  it('asks nothing, and calls nobody, when it is stopped at once', async () => {
    client.asked[0]?.answer();
    await pass(0);
    start().stop();
    await pass(0);
    client.state = 'closed';
    start().stop();
    await pass(0);
    expect([calls, client.asked.length]).toEqual([[5n], 1]);
  });

  it.each(['answer', 'refuse'] as const)('calls nobody after stop(), whatever comes then: %s', async (outcome) => {
    synchronizer.stop();
    client.asked[0]?.[outcome](new NoAuthError('no permission'));
    client.become('closed');
    await pass(OBSERVING.retry.maxDelay);
    expect(calls).toEqual([]);
  });
});
