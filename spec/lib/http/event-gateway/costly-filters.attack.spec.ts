import { expect, it } from 'vitest';
import { createEventGateway } from '../../../../lib/http/index.js';
import { FakeTreeClient } from '../../../../testing/fake-tree-client.js';
import { scaled } from '../../../../testing/time-factor.js';
import { LoopMonitor } from '../../../support/loop-monitor.js';

it('G4: filters that take long to compare hold up nobody', async () => {
  const client = new FakeTreeClient();
  let path = '/d';
  client.tree.create(path);
  for (let depth = 0; depth < 80; depth += 1) {
    path += '/aa';
    client.tree.create(path);
  }
  for (let nth = 0; nth < 300; nth += 1) client.tree.create(`${path}/${nth}`);
  const gateway = createEventGateway(client, '/d');
  const ask = async (filters: unknown): Promise<Response> => {
    const body = JSON.stringify({ filters, since: '0', list: true, wait: 10_000 });
    return gateway.handler(new Request('http://h/events', { method: 'POST', body }));
  };
  expect((await ask([])).status).toBe(200);
  using monitor = new LoopMonitor();
  const filters = Array.from({ length: 60 }, (_, nth) => ({ path: `${'/**/a*'.repeat(160)}/${nth}` }));
  expect((await ask(filters)).status).toBe(200);
  expect(monitor.longest).toBeLessThan(scaled(80));
  await gateway.close();
});
