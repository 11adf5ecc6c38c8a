import { describe, expect } from 'vitest';
import { eventually } from '../../testing/eventually.js';
import { fourLetterWord } from '../../testing/four-letter-word.js';
import { it, recordStates } from '../support/fixtures.js';
import { sharedServer, startServer, uniqueChroot } from '../support/test-server.js';

describe('the shared server', () => {
  it('has a connect string', () => {
    expect(sharedServer().connectString).toBe(`127.0.0.1:${sharedServer().port}`);
  });

  it('is divided into chroots that differ', () => {
    expect(uniqueChroot()).toMatch(/^\/spec-\w+$/);
    expect(uniqueChroot()).not.toBe(uniqueChroot());
  });
});

describe("a server of a spec's own", () => {
  it('keeps its port, its data and its sessions over a kill and a restart', async ({ connect }) => {
    await using server = await startServer({ tickTime: 100 });
    const client = await connect({ connectString: server.connectString, sessionTimeout: 10_000 });
    await client.create('/kept', 'data');
    const states = recordStates(client);
    await server.kill();
    await states.untilCount(1);
    await server.restart();
    await states.untilCount(2);
    expect(states.items).toEqual(['suspended', 'connected']);
    expect((await client.getData('/kept')).data.toString()).toBe('data');
    await client.close();
  });

  it('falls silent while it is paused, and its connections live on', async ({ connect }) => {
    await using server = await startServer({ tickTime: 100 });
    const client = await connect({ connectString: server.connectString, sessionTimeout: 10_000 });
    const states = recordStates(client);
    server.pause();
    // A process does not stop at the very moment.
    await eventually(() =>
      expect(server.fourLetterWord('ruok', 50))
        .rejects.toThrow('No answer')
        .then(() => true),
    );
    const reading = client.exists('/');
    server.resume();
    expect(await reading).not.toBe(null);
    expect(await server.fourLetterWord('ruok')).toBe('imok');
    expect(states.items).toEqual([]);
    await client.close();
  });

  it('cuts connections, and their sessions live on', async ({ connect }) => {
    await using server = await startServer({ tickTime: 100 });
    const client = await connect({ connectString: server.connectString, sessionTimeout: 10_000 });
    const { sessionId } = client;
    const states = recordStates(client);
    await server.dropConnections();
    await states.untilCount(2);
    expect(states.items).toEqual(['suspended', 'connected']);
    expect(client.sessionId).toBe(sessionId);
    await client.close();
  });

  it('ends a session as if it had timed out', async ({ connect }) => {
    await using server = await startServer({ tickTime: 100 });
    const client = await connect({ connectString: server.connectString, sessionTimeout: 10_000 });
    const { sessionId, sessionPassword } = client;
    if (sessionId === null || sessionPassword === null) return expect.unreachable();
    const states = recordStates(client);
    await server.expireSession({ id: sessionId, password: sessionPassword });
    await states.until((all) => all.at(-1) === 'connected' && all.includes('lost'));
    expect(client.sessionId).not.toBe(sessionId);
    await client.close();
  });

  it('can be restarted while it is paused', async ({ connect }) => {
    await using server = await startServer({ tickTime: 100 });
    server.pause();
    await server.restart();
    const client = await connect({ connectString: server.connectString });
    expect(await client.exists('/')).not.toBe(null);
    await client.close();
  });

  it('serves no more when stopped, more than once', async () => {
    const server = await startServer({ tickTime: 100 });
    const { port } = server;
    await server.stop();
    await server.stop();
    await expect(server.fourLetterWord('ruok')).rejects.toThrow('ECONNREFUSED');
    await expect(fourLetterWord(port, 'ruok')).rejects.toThrow('ECONNREFUSED');
  });
});
