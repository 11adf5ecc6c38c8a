import { describe, expect } from 'vitest';
import type { ZooKeeperClient } from '../../../index.js';
import { childrenWatch, dataWatch, watchesOf } from '../../../recipes/decorators/index.js';
import { Recorder } from '../../../testing/recorder.js';
import { expireSession } from '../../../testing/session-killer.js';
import { it } from '../../support/fixtures.js';

class Service {
  readonly calls = new Recorder<string>();
  readonly #client: ZooKeeperClient;

  constructor(client: ZooKeeperClient) {
    this.#client = client;
  }

  @dataWatch((self: Service) => self.#client, '/config')
  onConfig(data: Buffer | null): void {
    this.calls.record(`config ${data}`);
  }

  @childrenWatch((self: Service) => self.#client, '/workers', { waitForNode: true })
  onWorkers(workers: string[] | null): void {
    this.calls.record(`workers ${workers}`);
  }
}

describe('decorated methods', () => {
  it('are called for changes on the server, over several sessions, until their watches are stopped', async ({
    client,
    other,
    port,
  }) => {
    const service = new Service(client);
    for (const watch of watchesOf(service)) await watch.ready;
    expect([...service.calls.items].sort()).toEqual(['config null', 'workers null']);

    await other.create('/workers/one', '', { makePath: true });
    await other.create('/config', 'first');
    await service.calls.until((calls) => calls.includes('config first') && calls.includes('workers one'));

    await expireSession(client, port);
    await other.setData('/config', 'second');
    await other.create('/workers/two');
    await service.calls.until((calls) => calls.includes('config second') && calls.includes('workers one,two'));

    for (const watch of watchesOf(service)) watch.stop();
    const count = service.calls.items.length;
    await other.setData('/config', 'third');
    await client.sync('/config');
    await client.getData('/config');
    expect(service.calls.items).toHaveLength(count);
  });
});
