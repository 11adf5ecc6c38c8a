import { describe, expect } from 'vitest';
import { fourLetterWord } from '../../../../testing/four-letter-word.js';
import { Wire } from '../../../../testing/wire.js';
import { it } from '../../../support/embedded-fixtures.js';

const hex = (id: bigint | null): string => `0x${id?.toString(16)}`;

describe('four-letter words', () => {
  it('ruok is answered with imok, and the connection ends', async ({ server }) => {
    expect(await fourLetterWord(server.port, 'ruok')).toBe('imok');
  });

  it('ruok may arrive letter by letter', async ({ server }) => {
    const wire = await Wire.to(server.port);
    for (const letter of 'ruok') {
      wire.send(letter);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await wire.closed;
    expect(wire.received.toString()).toBe('imok');
  });

  it('srvr reports the zxid, the mode and the number of znodes', async ({ server, client }) => {
    await client.create('/a');
    const answer = await fourLetterWord(server.port, 'srvr');
    expect(answer).toMatch(/^Zookeeper version: 3\.8\.0/);
    expect(answer).toContain('\nMode: standalone\n');
    expect(answer).toContain('\nZxid: 0x2\n');
    expect(answer).toContain('\nNode count: 6\n');
    expect(answer).toContain('\nConnections: 2\n');
  });

  it('stat also lists the clients', async ({ server, client }) => {
    const answer = await fourLetterWord(server.port, 'stat');
    expect(answer).toContain(`sid=${hex(client.sessionId)},to=2000`);
    expect(answer).toContain('\nMode: standalone\n');
  });

  it('cons lists the connections', async ({ server, client }) => {
    const answer = await fourLetterWord(server.port, 'cons');
    expect(answer).toMatch(
      new RegExp(`^ /127\\.0\\.0\\.1:\\d+\\[1\\]\\(.*sid=${hex(client.sessionId)},to=2000\\)$`, 'm'),
    );
  });

  it('mntr reports one counter in each line', async ({ server, client }) => {
    await client.create('/a', '12345', { mode: 'ephemeral' });
    await client.exists('/a', () => {});
    await client.getChildren('/', () => {});
    const answer = await fourLetterWord(server.port, 'mntr');
    const values = Object.fromEntries(
      answer
        .trim()
        .split('\n')
        .map((line) => line.split('\t')),
    );
    expect(values).toMatchObject({
      zk_server_state: 'standalone',
      zk_num_alive_connections: '2',
      zk_znode_count: '6',
      zk_watch_count: '2',
      zk_ephemerals_count: '1',
      zk_global_sessions: '1',
    });
    expect(Number(values.zk_packets_received)).toBeGreaterThan(3);
    expect(Number(values.zk_packets_sent)).toBeGreaterThan(3);
  });

  it('wchs and wchp report the data watches', async ({ server, client }) => {
    await client.exists('/b', () => {});
    await client.exists('/a', () => {});
    expect(await fourLetterWord(server.port, 'wchs')).toBe('1 connections watching 2 paths\nTotal watches:2\n');
    const answer = await fourLetterWord(server.port, 'wchp');
    expect(answer).toBe(`/b\n\t${hex(client.sessionId)}\n/a\n\t${hex(client.sessionId)}\n\n`);
  });

  it('dump lists the sessions and their ephemerals', async ({ server, client }) => {
    await client.create('/a', '', { mode: 'ephemeral' });
    const answer = await fourLetterWord(server.port, 'dump');
    expect(answer).toContain(`Global Sessions(1):\n${hex(client.sessionId)}\t2000ms\n`);
    expect(answer).toContain(`Sessions with Ephemerals (1):\n${hex(client.sessionId)}:\n\t/a\n`);
  });

  it('isro and envi are answered', async ({ server }) => {
    expect(await fourLetterWord(server.port, 'isro')).toBe('rw');
    expect(await fourLetterWord(server.port, 'envi')).toContain('zookeeper.version=3.8.0');
  });

  it('are not answered while the server is frozen', async ({ server }) => {
    server.freeze();
    const wire = await Wire.to(server.port);
    wire.send('ruok');
    const other = await Wire.to(server.port);
    expect([wire.received.length, other.received.length]).toEqual([0, 0]);
    server.thaw();
    await wire.closed;
    expect(wire.received.toString()).toBe('imok');
    other.socket.destroy();
  });
});
