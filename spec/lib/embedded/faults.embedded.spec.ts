import { describe, expect } from 'vitest';
import { DataWatch, InvalidArgumentError, ZooKeeperClient, ZooKeeperError } from '../../../index.js';
import { eventually } from '../../../testing/eventually.js';
import { Recorder } from '../../../testing/recorder.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { it } from '../../support/embedded-fixtures.js';
import { recordStates } from '../../support/fixtures.js';
import { rejectionOf } from '../../support/rejection.js';

const EPHEMERAL = { mode: 'ephemeral' } as const;
const NO_SESSION = 77n;

function sessionOf({ sessionId }: ZooKeeperClient): bigint {
  if (sessionId === null) throw new Error('the client has no session');
  return sessionId;
}

describe('expireSession', () => {
  it('takes the ephemerals of the session at once, and tells their watches', async ({ server, client, connect }) => {
    const other = await connect();
    await client.create('/member', '', EPHEMERAL);
    const events = new Recorder<string>();
    await other.exists('/member', ({ type }) => events.record(type));
    server.expireSession(sessionOf(client));
    await events.untilCount(1);
    expect(events.items).toEqual(['NodeDeleted']);
    expect(await other.exists('/member')).toBeNull();
  });

  it('is told to the client when it comes back, which then has a new session', async ({ server, client }) => {
    const states = recordStates(client);
    const before = sessionOf(client);
    server.expireSession(before);
    await states.until((seen) => seen.at(-1) === 'connected');
    expect(states.items).toEqual(['suspended', 'lost', 'connected']);
    expect(client.sessionId).not.toBe(before);
  });

  it('works on a session that has no connection', async ({ server, connect }) => {
    const client = await connect();
    await client.create('/member', '', EPHEMERAL);
    const id = sessionOf(client);
    await server.stop();
    server.expireSession(id);
    await server.restart();
    const other = await connect();
    expect(await other.exists('/member')).toBeNull();
  });

  it('leaves other sessions alone', async ({ server, client, connect }) => {
    const other = await connect();
    const states = recordStates(other);
    await other.create('/member', '', EPHEMERAL);
    server.expireSession(sessionOf(client));
    await client.sync('/');
    expect(await client.exists('/member')).not.toBeNull();
    expect(states.items).toEqual([]);
  });

  it.for([NO_SESSION, 7, undefined, null, '0x7'])('does not know a session %s', (id, { server }) => {
    expect(() => server.expireSession(id as bigint)).toThrow(InvalidArgumentError);
  });

  it('does not know a session twice', async ({ server, connect }) => {
    const id = sessionOf(await connect());
    server.expireSession(id);
    expect(() => server.expireSession(id)).toThrow(`0x${id.toString(16)}`);
  });
});

describe('dropConnections', () => {
  it('cuts every connection and leaves the sessions', async ({ server, client, connect }) => {
    const clients = [client, await connect()];
    const before = clients.map(sessionOf);
    const states = clients.map(recordStates);
    server.dropConnections();
    await Promise.all(states.map((each) => each.until((seen) => seen.at(-1) === 'connected')));
    expect(states.map(({ items }) => items)).toEqual([
      ['suspended', 'connected'],
      ['suspended', 'connected'],
    ]);
    expect(clients.map(sessionOf)).toEqual(before);
  });

  it('cuts the connection of one session alone', async ({ server, client, connect }) => {
    const other = await connect();
    const [states, statesOfOther] = [recordStates(client), recordStates(other)];
    server.dropConnections(sessionOf(client));
    await states.until((seen) => seen.at(-1) === 'connected');
    await other.sync('/');
    expect(statesOfOther.items).toEqual([]);
    expect(() => server.dropConnections(NO_SESSION)).toThrow(InvalidArgumentError);
  });
});

describe('freeze', () => {
  it('says nothing to anybody, and answers what has come meanwhile when thawed', async ({
    server,
    client,
    connect,
  }) => {
    const other = await connect();
    server.freeze();
    const answers = new Recorder<string>();
    const asked = Promise.all([
      client.create('/a').then(answers.record),
      other.exists('/zookeeper').then(() => answers.record('/zookeeper')),
    ]);
    // Long enough for an answer; a shorter silence than the client bears.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(answers.items).toEqual([]);
    server.thaw();
    await asked;
    expect([client.state, other.state]).toEqual(['connected', 'connected']);
  });

  it('is noticed by the client as silence', async ({ server, connect }) => {
    const client = await connect({ sessionTimeout: 400 });
    const states = recordStates(client);
    server.freeze();
    await states.until((seen) => seen.includes('lost'));
    server.thaw();
    await states.until((seen) => seen.at(-1) === 'connected');
    expect(states.items).toEqual(['suspended', 'lost', 'connected']);
  });

  it('expires a session whose timeout has passed in the silence, when thawed', async ({ server, client, connect }) => {
    const short = await connect({ sessionTimeout: 200 });
    await short.create('/member', '', EPHEMERAL);
    const id = sessionOf(short);
    const states = recordStates(short);
    server.freeze();
    await states.until((seen) => seen.includes('lost'));
    server.thaw();
    await eventually(async () => (await client.exists('/member')) === null);
    expect(() => server.expireSession(id)).toThrow(InvalidArgumentError);
  });

  it('accepts connections and does not answer their handshake', async ({ server }) => {
    const client = new ZooKeeperClient(server.connectString, { sessionTimeout: 2_000, logger: new RecordingLogger() });
    server.freeze();
    expect(await rejectionOf(client.connect({ timeout: 400 }))).toMatchObject({ code: 'CONNECT_TIMEOUT' });
    server.thaw();
    await client.connect();
    await client.close();
  });

  it('silences one session alone, also on its next connections, until its time is over', async ({
    server,
    client,
    connect,
  }) => {
    const silenced = await connect({ sessionTimeout: 600 });
    await silenced.create('/member', '', EPHEMERAL);
    const states = recordStates(silenced);
    const gone = new Recorder<string>();
    await client.exists('/member', ({ type }) => gone.record(type));
    server.freeze(sessionOf(silenced));
    await client.sync('/');
    server.dropConnections(sessionOf(silenced));
    await gone.untilCount(1);
    await states.until((seen) => seen.at(-1) === 'connected');
    expect(states.items).toEqual(['suspended', 'lost', 'connected']);
    expect(client.state).toBe('connected');
  });

  it('lets one session speak again', async ({ server, client }) => {
    server.freeze(sessionOf(client));
    const created = client.create('/a');
    server.thaw(sessionOf(client));
    expect(await created).toBe('/a');
  });

  it('keeps one session silent when the others are thawed', async ({ server, client, connect }) => {
    const other = await connect();
    server.freeze(sessionOf(client));
    server.freeze();
    server.thaw();
    const answers = new Recorder<string>();
    const asked = client.create('/a').then(answers.record);
    await other.create('/b');
    expect(answers.items).toEqual([]);
    server.thaw(sessionOf(client));
    await asked;
  });

  it('does no harm twice, nor thaw() without it', async ({ server, client }) => {
    server.thaw();
    server.freeze();
    server.freeze();
    server.thaw();
    server.thaw();
    expect(await client.create('/a')).toBe('/a');
  });

  it('is over with a stop: a thaw lets no session expire while the server is down', async ({ server, connect }) => {
    const client = await connect({ sessionTimeout: 300 });
    const { sessionId } = client;
    await client.create('/member', '', EPHEMERAL);
    server.freeze();
    await server.stop();
    server.thaw();
    await new Promise((resolve) => setTimeout(resolve, 600));
    await server.restart();
    const other = await connect();
    expect((await other.exists('/member'))?.ephemeralOwner).toBe(sessionId);
  });

  it('lets a change made before it be told after it', async ({ server, client, connect }) => {
    const other = await connect();
    await client.create('/a', '0');
    const values = new Recorder<string>();
    const watch = new DataWatch(client, '/a', (data) => values.record(String(data)));
    await watch.ready;
    server.freeze(sessionOf(client));
    await other.setData('/a', '1');
    server.thaw(sessionOf(client));
    await values.until((seen) => seen.at(-1) === '1');
  });
});

describe('a server that was closed', () => {
  it('says so when it is asked for a fault', async ({ server, client }) => {
    const id = sessionOf(client);
    await client.close();
    await server.close();
    expect(() => server.expireSession(id)).toThrow(ZooKeeperError);
    expect(() => server.expireSession(id)).toThrow('closed');
  });
});
