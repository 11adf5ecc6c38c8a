import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ChildrenWatch,
  ClientClosedError,
  ConnectionLossError,
  DataWatch,
  type ErrorCode,
  NoAuthError,
  NoNodeError,
  ZooKeeperError,
} from '../../../index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { pass } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';

function record(client: FakeClient, path = '/node') {
  const calls = new Recorder<string>();
  const errors = new Recorder<unknown>();
  const reasons = new Recorder<string>();
  const watch = new DataWatch(client, path, (data) => calls.record(String(data)));
  watch.on('error', errors.record).on('stop', reasons.record);
  return { watch, calls, errors, reasons };
}

/** A client with /node, whose read permission can be taken away. */
function makeClient(): { client: FakeClient; forbid: () => void; allow: () => void } {
  const client = new FakeClient();
  client.tree.create('/node', '0');
  const forbid = () => {
    client.readError = (operation, path) =>
      operation === 'exists' ? undefined : new NoAuthError(`${operation} ${path}: NO_AUTH`, { path });
  };
  const allow = () => {
    client.readError = () => undefined;
  };
  return { client, forbid, allow };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('on a minimal client: reads that fail', () => {
  it('continue after a time without permission to read, which is reported once', async () => {
    const { client, forbid, allow } = makeClient();
    const { watch, calls, errors } = record(client);
    await pass(0);
    forbid();
    client.tree.set('/node', '1');
    await pass(0);
    expect(errors.items).toEqual([expect.any(NoAuthError)]);
    await pass(120_000);
    expect(errors.items).toHaveLength(1);
    expect(calls.items).toEqual(['0']);
    expect(watch.stopped).toBe(false);

    // Correcting the ACL fires no event.
    allow();
    await pass(30_000);
    expect(calls.items).toEqual(['0', '1']);
    client.tree.set('/node', '2');
    await pass(0);
    expect(calls.items).toEqual(['0', '1', '2']);
  });

  it('are retried at once when a node without permission to read changes', async () => {
    const { client, forbid, allow } = makeClient();
    const { calls } = record(client);
    await pass(0);
    forbid();
    client.tree.set('/node', '1');
    await pass(120_000);
    allow();
    client.tree.set('/node', '2');
    await pass(0);
    expect(calls.items).toEqual(['0', '2']);
  });

  it('are retried rarely without permission to read', async () => {
    const { client, forbid } = makeClient();
    forbid();
    record(client);
    await pass(600_000);
    expect(client.reads.length).toBeGreaterThan(10);
    expect(client.reads.length).toBeLessThan(120);
  });

  it('are reported again after a successful read, and for an error with another code', async () => {
    const { client, forbid, allow } = makeClient();
    const { errors } = record(client);
    await pass(0);
    for (const value of ['1', '2']) {
      forbid();
      client.tree.set('/node', value);
      await pass(60_000);
      allow();
      await pass(30_000);
    }
    expect(errors.items).toEqual([expect.any(NoAuthError), expect.any(NoAuthError)]);

    const strange = new Error('strange');
    client.readError = () => strange;
    client.tree.set('/node', '3');
    await pass(60_000);
    forbid();
    await pass(60_000);
    expect(errors.items.slice(2)).toEqual([strange, expect.any(NoAuthError)]);
  });

  it('are reported to every watch of the path, and to a watch that joins', async () => {
    const { client, forbid } = makeClient();
    forbid();
    const [first, second] = [record(client), record(client)];
    await pass(60_000);
    const late = record(client);
    await pass(60_000);
    expect(first.errors.items).toEqual([expect.any(NoAuthError)]);
    expect(second.errors.items).toEqual([expect.any(NoAuthError)]);
    expect(late.errors.items).toEqual([expect.any(NoAuthError)]);
  });

  it('never deliver an outdated state to a watch that joins', async () => {
    const { client, forbid, allow } = makeClient();
    record(client);
    await pass(0);
    forbid();
    client.tree.set('/node', '1');
    await pass(10_000);
    const late = record(client);
    await pass(10_000);
    expect(late.calls.items).toEqual([]);
    allow();
    await pass(30_000);
    expect(late.calls.items).toEqual(['1']);
  });

  it('delay the first call until a read succeeds', async () => {
    const { client, forbid, allow } = makeClient();
    forbid();
    const { calls, watch } = record(client);
    await pass(10_000);
    expect(calls.items).toEqual([]);
    allow();
    await pass(30_000);
    expect(calls.items).toEqual(['0']);
    expect(watch.stopped).toBe(false);
  });

  it('do not hide the deletion of a node without permission to read', async () => {
    const { client, forbid } = makeClient();
    const { calls } = record(client);
    await pass(0);
    forbid();
    client.tree.set('/node', '1');
    await pass(0);
    client.readError = (operation, path) => (operation === 'getData' ? new NoNodeError('none', { path }) : undefined);
    client.tree.delete('/node');
    await pass(0);
    expect(calls.items).toEqual(['0', 'null']);
  });

  it('are not reported on connection loss, and are retried', async () => {
    const { client, allow } = makeClient();
    client.readError = () => new ConnectionLossError('cut');
    const { calls, errors } = record(client);
    await pass(5_000);
    allow();
    await pass(30_000);
    expect(calls.items).toEqual(['0']);
    expect(errors.items).toEqual([]);
    expect(client.logger.items).toEqual([]);
  });

  it('stop the watch when the error is that the client is closed', async () => {
    const { client } = makeClient();
    client.readError = () => new ClientClosedError('closed');
    const { errors, reasons } = record(client);
    await pass(0);
    expect(reasons.items).toEqual(['client-closed']);
    expect(errors.items).toEqual([]);
    expect(client.listenerCount).toBe(0);
  });

  it('may throw synchronously instead of rejecting', async () => {
    const { client } = makeClient();
    const getData = client.getData;
    const strange = new Error('strange');
    client.getData = () => {
      throw strange;
    };
    const { calls, errors } = record(client);
    await pass(0);
    client.getData = getData;
    await pass(30_000);
    expect(errors.items).toEqual([strange]);
    expect(calls.items).toEqual(['0']);
  });

  it('leave no timer behind when the watch is stopped, or the client closed, before the retry', async () => {
    const { client, forbid } = makeClient();
    forbid();
    const { watch } = record(client);
    const { reasons } = record(client, '/elsewhere');
    await pass(1_000);
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    watch.stop();
    client.become('closed');
    await pass(0);
    expect(vi.getTimerCount()).toBe(0);
    expect(reasons.items).toEqual(['client-closed']);
  });

  it('leave no timer behind when the error listener stops the watch', async () => {
    const { client, forbid } = makeClient();
    forbid();
    const { watch, errors } = record(client);
    watch.on('error', () => watch.stop());
    await pass(0);
    expect(errors.items).toHaveLength(1);
    expect([vi.getTimerCount(), client.listenerCount]).toEqual([0, 0]);
  });
});

describe('on a minimal client: permanent errors', () => {
  const HOPELESS: ErrorCode[] = ['INVALID_PATH', 'INVALID_ARGUMENT', 'BAD_ARGUMENTS', 'UNIMPLEMENTED'];

  it.for(HOPELESS)('stop the watch: %s', async (code) => {
    const { client } = makeClient();
    const error = new ZooKeeperError(code, 'hopeless');
    client.readError = () => error;
    const [first, second] = [record(client), record(client)];
    const readies = [first.watch.ready, second.watch.ready];
    await pass(0);
    for (const ready of readies) await expect(ready).rejects.toBe(error);
    for (const { errors, reasons, calls } of [first, second]) {
      expect(errors.items).toEqual([error]);
      expect(reasons.items).toEqual(['error']);
      expect(calls.items).toEqual([]);
    }
    expect([client.listenerCount, vi.getTimerCount()]).toEqual([0, 0]);
  });

  it('also stop a watch that an error listener makes on the same path', async () => {
    const { client } = makeClient();
    client.readError = () => new ZooKeeperError('UNIMPLEMENTED', 'hopeless');
    const reasons = new Recorder<string>();
    let again: ChildrenWatch | undefined;
    new ChildrenWatch(client, '/node', () => {}).on('error', () => {
      again = new ChildrenWatch(client, '/node', () => {}).on('error', () => {}).on('stop', reasons.record);
    });
    await pass(60_000);
    expect(again?.stopped).toBe(true);
    expect(reasons.items).toEqual(['error']);
    expect([client.listenerCount, vi.getTimerCount()]).toEqual([0, 0]);
  });
});
