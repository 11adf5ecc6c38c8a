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

/** A client with /node, which may be forbidden. */
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

describe('on a foreign client: reads that fail', () => {
  it('is not silenced by a node that must not be read for a while, and says so once', async () => {
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

    // The ACL is mended, which fires nothing.
    allow();
    await pass(30_000);
    expect(calls.items).toEqual(['0', '1']);
    client.tree.set('/node', '2');
    await pass(0);
    expect(calls.items).toEqual(['0', '1', '2']);
  });

  it('reads again at once at a change of a node that must not be read', async () => {
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

  it('asks seldom while it must not read', async () => {
    const { client, forbid } = makeClient();
    forbid();
    record(client);
    await pass(600_000);
    expect(client.reads.length).toBeGreaterThan(10);
    expect(client.reads.length).toBeLessThan(120);
  });

  it('says so again after a read that succeeded, and for an error of another kind', async () => {
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

  it('tells every watch of the path, and one that joins', async () => {
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

  it('calls a watch that joins with nothing that is known to be out of date', async () => {
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

  it('calls at last where the first read has failed', async () => {
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

  it('sees the deletion of a node that must not be read', async () => {
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

  it('tells nobody of a connection that is lost, and reads again', async () => {
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

  it('stops with the client when a read says that it is closed', async () => {
    const { client } = makeClient();
    client.readError = () => new ClientClosedError('closed');
    const { errors, reasons } = record(client);
    await pass(0);
    expect(reasons.items).toEqual(['client-closed']);
    expect(errors.items).toEqual([]);
    expect(client.listenerCount).toBe(0);
  });

  it('takes a read that throws for one that rejects', async () => {
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

  it('leaves no timer behind when it is stopped, or the client is closed, while it waits', async () => {
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

  it('leaves no timer behind when it is stopped by the listener that is told', async () => {
    const { client, forbid } = makeClient();
    forbid();
    const { watch, errors } = record(client);
    watch.on('error', () => watch.stop());
    await pass(0);
    expect(errors.items).toHaveLength(1);
    expect([vi.getTimerCount(), client.listenerCount]).toEqual([0, 0]);
  });
});

describe('on a foreign client: errors that nothing can mend', () => {
  const HOPELESS: ErrorCode[] = ['INVALID_PATH', 'INVALID_ARGUMENT', 'BAD_ARGUMENTS', 'UNIMPLEMENTED'];

  it.for(HOPELESS)('stops with %s', async (code) => {
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

  it('stops a watch that an error listener makes on the same path as well', async () => {
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
