import { getEventListeners } from 'node:events';
import { expect } from 'vitest';
import { ChildrenWatch, DataWatch } from '../../../../index.js';
import { FakeClient } from '../../../../testing/fake-client.js';

export const boom = new Error('boom');
export const reason = new Error('the reason of the abort');

/** A loop over a watch of the existing /node, and everything that can end it. */
export interface Scene {
  readonly client: FakeClient;
  readonly watch: DataWatch | ChildrenWatch;
  readonly iterator: AsyncIterableIterator<unknown>;
  readonly abort: AbortController;
}

export function stage(kind: 'DataWatch' | 'ChildrenWatch'): Scene {
  const client = new FakeClient();
  client.tree.create('/node');
  const abort = new AbortController();
  const { signal } = abort;
  const watch =
    kind === 'DataWatch'
      ? new DataWatch(client, '/node', { signal })
      : new ChildrenWatch(client, '/node', { signal, allowSessionLost: false });
  return { client, watch, iterator: watch[Symbol.asyncIterator](), abort };
}

/** Expects no listener on the client or the signal. */
export function expectNothingLeft({ client, abort, watch }: Pick<Scene, 'client' | 'abort' | 'watch'>): void {
  expect(watch.stopped).toBe(true);
  expect(client.listenerCount).toBe(0);
  expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
}
