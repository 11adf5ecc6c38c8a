import { describe, expect } from 'vitest';
import { CLICKHOUSE_KEEPER, ZOOKEEPER_3_5 } from '../../../lib/embedded/behaviour.js';
import { BEHAVIOUR } from '../../../lib/embedded/options.js';
import { it } from '../../support/embedded-fixtures.js';
import { recordStates } from '../../support/fixtures.js';

const paths = Array.from({ length: 300 }, (_, nth) => `/n${nth}`);

describe('readMany() at a server without MultiRead', () => {
  it('costs one connection, once, and returns the same', async ({ start, connect }) => {
    const server = await start({ [BEHAVIOUR]: ZOOKEEPER_3_5 });
    const client = await connect({ connectString: server.connectString });
    await Promise.all(paths.map((path) => client.create(path, path)));
    await client.create('/n0/child');
    const states = recordStates(client);
    const { sessionId } = client;
    for (let times = 0; times < 2; times += 1) {
      const results = await client.readMany([...paths, '/missing']);
      expect(results.slice(0, -1)).toMatchObject(
        paths.map((path) => ({ data: Buffer.from(path), children: path === '/n0' ? ['child'] : [] })),
      );
      expect(results.at(-1)).toMatchObject({ code: 'NO_NODE', path: '/missing' });
    }
    expect(states.items).toEqual(['suspended', 'connected']);
    expect(client.sessionId).toBe(sessionId);
  });

  it('works at a server of another make that has it', async ({ start, connect }) => {
    const server = await start({ [BEHAVIOUR]: CLICKHOUSE_KEEPER });
    const client = await connect({ connectString: server.connectString });
    await client.create('/a', 'data');
    const states = recordStates(client);
    expect(await client.readMany(['/a', '/'])).toMatchObject([
      { data: Buffer.from('data') },
      { children: expect.anything() },
    ]);
    expect(states.items).toEqual([]);
  });
});
