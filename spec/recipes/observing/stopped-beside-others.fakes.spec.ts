import { describe, expect, it } from 'vitest';
import { DataWatch, InvalidArgumentError, NoAuthError, TreeWatch } from '../../../index.js';
import { collectGarbage } from '../../../testing/collect-garbage.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { turn } from '../../../testing/passing-time.js';

const doNothing = (): void => {};
const dataWatch = (client: FakeClient) => new DataWatch(client, '/node', doNothing);
const treeWatch = (client: FakeClient) => new TreeWatch(client, '/node', doNothing);

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

  it.each([
    ['DataWatch', dataWatch, 'is retried', new NoAuthError('getData /node: NO_AUTH', { path: '/node' })],
    ['DataWatch', dataWatch, 'can never succeed', new InvalidArgumentError('getData /node: never')],
    ['TreeWatch', treeWatch, 'is retried', new NoAuthError('getData /node: NO_AUTH', { path: '/node' })],
  ])(
    'hears and logs nothing when a listener of the other one has just stopped it: $0, a read that $2',
    async (...row) => {
      const [, watch, , error] = row;
      const client = failing(error);
      const [first, heard, unheard] = [watch(client), watch(client), watch(client)];
      const events: unknown[] = [];
      first.on('stop', doNothing).on('error', () => {
        heard.stop();
        unheard.stop();
      });
      heard.on('error', (reason) => events.push(reason)).on('stop', (reason) => events.push(reason));
      await turn();
      expect(events).toEqual(['stopped']);
      expect(client.logger.items).toEqual([]);
      first.stop();
    },
  );
});
