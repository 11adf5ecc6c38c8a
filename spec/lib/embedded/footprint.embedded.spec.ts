import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createRecord } from '../../../lib/protocol/messages.js';
import { EmbeddedChild } from '../../../testing/embedded-child.js';
import { frameOf, PipelinedClient } from '../../../testing/pipelined-client.js';

const ZNODES = 100_000;
const acl = [{ perms: 31, scheme: 'world', id: 'anyone' }];

describe('an embedded server', () => {
  it('starts in less than 50 ms once its code is loaded', async () => {
    using child = new EmbeddedChild();
    expect((await child.costs()).startMs).toBeLessThan(50);
  });

  it('needs less than 60 MB of heap for 100,000 znodes', async () => {
    using child = new EmbeddedChild();
    const before = await child.costs();
    using client = await PipelinedClient.connect(before.port);
    const creations = Array.from({ length: ZNODES }, (_, index) => {
      const path = `/service-${String(index).padStart(10, '0')}`;
      return frameOf('create', createRecord, { path, data: Buffer.alloc(100), acl, flags: 0 });
    });
    await client.run(creations, 500);
    expect((await child.costs()).heap - before.heap).toBeLessThan(60_000_000);
  });

  it('uses no CPU time without requests', async () => {
    using child = new EmbeddedChild();
    await child.costs();
    const before = await child.costs();
    await pause(2_000);
    const after = await child.costs();
    // One per cent of the time, plus the cost of the measurement itself.
    const question = (await child.costs()).cpuMs - after.cpuMs;
    expect(after.cpuMs - before.cpuMs).toBeLessThan(20 + 3 * question);
  });
});
