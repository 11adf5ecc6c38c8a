import { expect, it, vi } from 'vitest';
import { ConnectionLossError } from '../../../index.js';
import { makeFakeClient } from '../../../testing/fake-connector.js';
import { turn } from '../../../testing/passing-time.js';

const FOR_EVER = { maxAttempts: Number.POSITIVE_INFINITY };

it('retry() makes one attempt more when the client is closed during a pause, whatever that attempt fails with', async () => {
  const { client } = makeFakeClient();
  const other = makeFakeClient().client;
  const attempts: string[] = [];
  const retried = client.retry(async () => {
    attempts.push(client.state);
    // Without an end, attempts without pauses would let no timer of this process run any more.
    if (attempts.length > 100) throw new Error('no end');
    await other.setData('/a', '');
  }, FOR_EVER);
  await turn();
  await client.close();
  await expect(retried).rejects.toBeInstanceOf(ConnectionLossError);
  expect(attempts).toEqual(['latent', 'closed']);
});

it('retry() rejects with the reason of a signal that aborts during an attempt', async () => {
  const { client } = makeFakeClient();
  const controller = new AbortController();
  const operation = async (): Promise<void> => {
    controller.abort(new Error('enough'));
    await client.setData('/a', '');
  };
  await expect(client.retry(operation, FOR_EVER, { signal: controller.signal })).rejects.toThrow('enough');
});

it('retry() listens to a signal until it settles, and lets go of it', async () => {
  const { client } = makeFakeClient();
  const { signal } = new AbortController();
  const added = vi.spyOn(signal, 'addEventListener');
  const removed = vi.spyOn(signal, 'removeEventListener');
  await client.retry(
    async () => {
      expect(added).toHaveBeenCalledOnce();
      expect(removed).not.toHaveBeenCalled();
    },
    FOR_EVER,
    { signal },
  );
  expect(added).toHaveBeenCalledOnce();
  expect(removed).toHaveBeenCalledOnce();
});
