import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { DataWatch, InvalidArgumentError, ZooKeeperClient, ZooKeeperError } from '../../../index.js';
import { CreateFlags } from '../../../lib/protocol/create-flags.js';
import { eventually } from '../../../testing/eventually.js';
import { RawSession } from '../../../testing/raw-session.js';
import { Recorder } from '../../../testing/recorder.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { it } from '../../support/embedded-fixtures.js';
import { recordStates } from '../../support/fixtures.js';
import { HostileClient, handshakeFrame } from '../../support/hostile-client.js';
import { rejectionOf } from '../../support/rejection.js';

const EPHEMERAL = { mode: 'ephemeral' } as const;
const NO_SESSION = 77n;
const OPEN = [{ perms: 31, scheme: 'world', id: 'anyone' }];

function sessionOf({ sessionId }: ZooKeeperClient): bigint {
  if (sessionId === null) throw new Error('the client has no session');
  return sessionId;
}

describe('expireSession', () => {
  it('deletes the ephemerals of the session at once and fires their watches', async ({ server, client, connect }) => {
    const other = await connect();
    await client.create('/member', '', EPHEMERAL);
    const events = new Recorder<string>();
    await other.exists('/member', ({ type }) => events.record(type));
    server.expireSession(sessionOf(client));
    await events.untilCount(1);
    expect(events.items).toEqual(['NodeDeleted']);
    expect(await other.exists('/member')).toBeNull();
  });

  it('gives the client a new session when it reconnects', async ({ server, client }) => {
    const states = recordStates(client);
    const before = sessionOf(client);
    server.expireSession(before);
    await states.until((seen) => seen.at(-1) === 'connected');
    expect(states.items).toEqual(['suspended', 'lost', 'connected']);
    expect(client.sessionId).not.toBe(before);
  });

  it('works on a session without a connection', async ({ server, connect }) => {
    const client = await connect();
    await client.create('/member', '', EPHEMERAL);
    const id = sessionOf(client);
    await server.stop();
    server.expireSession(id);
    await server.restart();
    const other = await connect();
    expect(await other.exists('/member')).toBeNull();
  });

  it('does not affect other sessions', async ({ server, client, connect }) => {
    const other = await connect();
    const states = recordStates(other);
    await other.create('/member', '', EPHEMERAL);
    server.expireSession(sessionOf(client));
    await client.sync('/');
    expect(await client.exists('/member')).not.toBeNull();
    expect(states.items).toEqual([]);
  });

  it.for([NO_SESSION, 7, undefined, null, '0x7'])('rejects the unknown session %s', (id, { server }) => {
    expect(() => server.expireSession(id as bigint)).toThrow(InvalidArgumentError);
  });

  it('rejects a session that has expired', async ({ server, connect }) => {
    const id = sessionOf(await connect());
    server.expireSession(id);
    expect(() => server.expireSession(id)).toThrow(`0x${id.toString(16)}`);
  });
});

describe('dropConnections', () => {
  it('cuts every connection and keeps the sessions', async ({ server, client, connect }) => {
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

  it('cuts only the connection of the given session', async ({ server, client, connect }) => {
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
  it('stops all answers, which follow after the thaw', async ({ server, client, connect }) => {
    const other = await connect();
    server.freeze();
    const answers = new Recorder<string>();
    const asked = Promise.all([
      client.create('/a').then(answers.record),
      other.exists('/zookeeper').then(() => answers.record('/zookeeper')),
    ]);
    // Long enough for an answer, and shorter than the silence that makes the client reconnect.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(answers.items).toEqual([]);
    server.thaw();
    await asked;
    expect([client.state, other.state]).toEqual(['connected', 'connected']);
  });

  it('makes the client suspend and lose its session', async ({ server, connect }) => {
    const client = await connect({ sessionTimeout: 400 });
    const states = recordStates(client);
    server.freeze();
    await states.until((seen) => seen.includes('lost'));
    server.thaw();
    await states.until((seen) => seen.at(-1) === 'connected');
    expect(states.items).toEqual(['suspended', 'lost', 'connected']);
  });

  it('expires a session at the thaw whose timeout has passed in the silence', async ({ server, client, connect }) => {
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

  it('accepts connections without answering their handshake', async ({ server }) => {
    const client = new ZooKeeperClient(server.connectString, { sessionTimeout: 2_000, logger: new RecordingLogger() });
    server.freeze();
    expect(await rejectionOf(client.connect({ timeout: 400 }))).toMatchObject({ code: 'CONNECT_TIMEOUT' });
    server.thaw();
    await client.connect();
    await client.close();
  });

  it('silences one session on all its connections until it expires', async ({ server, client, connect }) => {
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

  it('expires one session at its time, however often its client comes back', async ({ server, client }) => {
    await using silenced = await RawSession.open(server.port, { timeout: 300 });
    const { sessionId = 0n, password } = silenced.handshake ?? {};
    const credentials = { sessionId, password: password ?? Buffer.alloc(0), timeout: 300 };
    await silenced.request('create', { path: '/member', data: null, acl: OPEN, flags: CreateFlags.ephemeral });
    server.freeze(sessionId);
    const frozen = performance.now();
    for (let isThere = true; isThere && performance.now() - frozen < 2_000; ) {
      void RawSession.open(server.port, credentials).catch(() => {});
      await pause(100);
      isThere = (await client.exists('/member')) !== null;
    }
    expect(await client.exists('/member')).toBeNull();
  });

  it('takes nothing more from one session that comes back', async ({ server }) => {
    await using silenced = await RawSession.open(server.port);
    const { sessionId = 0n, password = null } = silenced.handshake ?? {};
    server.freeze(sessionId);
    const returning = await HostileClient.connect(server.port);
    const requests = Buffer.alloc(64 * 1024 * 1024);
    returning.send(Buffer.concat([handshakeFrame({ sessionId, password }), requests]));
    await using other = await RawSession.open(server.port);
    await silenced.untilHungUp();
    for (let count = 0; count < 3_000; count += 1) await other.ping();
    expect(returning.socket.writableLength).toBeGreaterThan(requests.length / 2);
    returning.socket.destroy();
  });

  it('ends for one session when that session is thawed', async ({ server, client }) => {
    server.freeze(sessionOf(client));
    const created = client.create('/a');
    server.thaw(sessionOf(client));
    expect(await created).toBe('/a');
  });

  it('keeps a frozen session silent when the server is thawed', async ({ server, client, connect }) => {
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

  it('and thaw() can be called twice', async ({ server, client }) => {
    server.thaw();
    server.freeze();
    server.freeze();
    server.thaw();
    server.thaw();
    expect(await client.create('/a')).toBe('/a');
  });

  it('of one session outlives a restart, and that of the server does not', async ({ server, client, connect }) => {
    const other = await connect();
    server.freeze(sessionOf(client));
    server.freeze();
    await server.restart();
    await other.sync('/');
    const answered = client.sync('/').then(() => 'answered');
    expect(await Promise.race([answered, other.sync('/').then(() => 'silent')])).toBe('silent');
    server.thaw(sessionOf(client));
    expect(await answered).toBe('answered');
  });

  it('ends with a stop: a thaw expires no session of a stopped server', async ({ server, connect }) => {
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

  it('delivers a change after the thaw that was made in the silence', async ({ server, client, connect }) => {
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

describe('a closed server', () => {
  it('refuses to cause faults, with an error that names the reason', async ({ server, client }) => {
    const id = sessionOf(client);
    await client.close();
    await server.close();
    expect(() => server.expireSession(id)).toThrow(ZooKeeperError);
    expect(() => server.expireSession(id)).toThrow('closed');
  });
});
