import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeFakeClient } from '../../../../testing/fake-connector.js';
import { pass } from '../../../../testing/passing-time.js';

describe('credentials that are added again and again', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('are sent once over each later connection, as kazoo does: a server answers each of them in turn', async () => {
    const digest = { scheme: 'digest', auth: 'user:pass' };
    const { client, network } = makeFakeClient('a:1', { auth: [digest, digest] });
    network.onConnection = (connection) => connection.open();
    const connecting = client.connect();
    await pass(1);
    await connecting;
    for (let nth = 0; nth < 1_000; nth += 1) client.addAuth('digest', 'user:pass');
    client.addAuth('digest', 'other:pass');
    client.addAuth('own', 'user:pass');
    const first = network.last;
    expect([first.initialAuth, first.auths.length]).toEqual([[digest], 1_002]);
    first.end('failed');
    await pass(600);
    expect(network.last).not.toBe(first);
    expect(network.last.initialAuth).toEqual([
      digest,
      { scheme: 'digest', auth: 'other:pass' },
      { scheme: 'own', auth: 'user:pass' },
    ]);
    void client.close();
    await pass(3_000);
  });
});
