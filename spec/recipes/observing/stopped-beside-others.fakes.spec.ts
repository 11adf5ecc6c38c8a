import { describe, expect, it } from 'vitest';
import { DataWatch, NoAuthError } from '../../../index.js';
import { collectGarbage } from '../../../testing/collect-garbage.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { turn } from '../../../testing/passing-time.js';

const doNothing = (): void => {};

/** A client that answers each read of /node with this error. */
function failing(error: Error): FakeClient {
  const client = new FakeClient();
  client.tree.create('/node', '0');
  client.readError = () => error;
  return client;
}

/** Watches the path, hears an error, and stops. */
async function watchOnce(client: FakeClient): Promise<WeakRef<DataWatch>> {
  const watch = new DataWatch(client, '/node', doNothing);
  watch.on('error', doNothing);
  await turn();
  watch.stop();
  await turn();
  return new WeakRef(watch);
}

describe('a watch that has stopped, beside another watch of its path', () => {
  it('is garbage, although the read of the path still fails', async () => {
    const client = failing(new NoAuthError('getData /node: NO_AUTH', { path: '/node' }));
    const other = new DataWatch(client, '/node', doNothing);
    other.on('error', doNothing);
    const stopped: WeakRef<DataWatch>[] = [];
    for (let index = 0; index < 20; index += 1) stopped.push(await watchOnce(client));
    collectGarbage();
    await turn();
    collectGarbage();
    // The engine may keep the last one alive.
    expect(stopped.filter((watch) => watch.deref()).length).toBeLessThanOrEqual(1);
    other.stop();
  });
});
