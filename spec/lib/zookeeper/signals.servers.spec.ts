import { getEventListeners } from 'node:events';
import { describe, expect } from 'vitest';
import { ClientClosedError, ConnectionLossError, ZooKeeperClient } from '../../../index.js';
import { it } from '../../support/fixtures.js';

describe("a client's signal", () => {
  it('closes the client when it aborts', async ({ makeClient, other }) => {
    const abort = new AbortController();
    const client = await makeClient({ signal: abort.signal }).connect();
    await client.create('/mine', '', { mode: 'ephemeral' });
    abort.abort();
    expect(client.state).toBe('closed');
    await client.close();
    expect(await other.exists('/mine')).toBeNull();
  });

  it('that has already aborted closes the client on construction', async ({ makeClient }) => {
    const client = makeClient({ signal: AbortSignal.abort() });
    expect(client.state).toBe('closed');
    await expect(client.connect()).rejects.toBeInstanceOf(ClientClosedError);
  });

  it('keeps no listener of a closed client', async ({ makeClient }) => {
    const abort = new AbortController();
    const client = await makeClient({ signal: abort.signal }).connect();
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1);
    await client.close();
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });

  it('must be an AbortSignal', () => {
    const options = { signal: {} as AbortSignal };
    expect(() => new ZooKeeperClient('127.0.0.1:2181', options)).toThrow(/signal/);
  });
});

describe("retry()'s signal", () => {
  const always = (): Promise<never> => Promise.reject(new ConnectionLossError('gone'));

  it('ends the pause between two attempts, and rejects with its reason', async ({ client }) => {
    const abort = new AbortController();
    const reason = new Error('enough');
    let attempts = 0;
    const operation = () => {
      attempts += 1;
      queueMicrotask(() => abort.abort(reason));
      return always();
    };
    const policy = { minDelay: 60_000, maxDelay: 60_000, maxAttempts: Number.POSITIVE_INFINITY };
    await expect(client.retry(operation, policy, { signal: abort.signal })).rejects.toBe(reason);
    expect(attempts).toBe(1);
  });

  it('that has already aborted prevents the first attempt', async ({ client }) => {
    let attempts = 0;
    const operation = async () => {
      attempts += 1;
    };
    await expect(client.retry(operation, {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(attempts).toBe(0);
  });

  it('does not prevent close() from ending retry()', async ({ client }) => {
    const { signal } = new AbortController();
    let attempts = 0;
    const operation = () => {
      attempts += 1;
      return attempts === 1 ? always() : client.delete('/no');
    };
    const retrying = client.retry(operation, { minDelay: 60_000, maxDelay: 60_000 }, { signal });
    const outcome = expect(retrying).rejects.toBeInstanceOf(ClientClosedError);
    await client.sync('/');
    await client.close();
    await outcome;
  });
});
