import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DataWatch, type GssapiOption, type KerberosModule, ZooKeeperClient } from '../../../../index.js';
import { KerberosRealm } from '../../../../testing/kerberos-realm.js';
import { Recorder } from '../../../../testing/recorder.js';
import { RecordingLogger } from '../../../../testing/recording-logger.js';
import { endSession } from '../../../../testing/session-killer.js';
import { ZooKeeperServer } from '../../../../testing/zookeeper-server.js';

let realm: KerberosRealm;
let server: ZooKeeperServer;
let sasl: GssapiOption;

beforeAll(async () => {
  realm = await KerberosRealm.start(['alice']);
  for (const [name, value] of Object.entries(realm.env)) vi.stubEnv(name, value);
  sasl = { mechanism: 'GSSAPI', kerberos: (await realm.loadKerberosModule()) as KerberosModule };
  server = await ZooKeeperServer.start({ javaOptions: realm.serverJavaOptions });
  await realm.kinit('alice');
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await server?.stop();
  await realm?.stop();
});

function newClient(options: object = {}, { port } = server): ZooKeeperClient {
  return new ZooKeeperClient(`localhost:${port}`, {
    sessionTimeout: 4_000,
    logger: new RecordingLogger(),
    sasl,
    ...options,
  });
}

describe('SASL GSSAPI', () => {
  it('authenticates with a Kerberos ticket, and the server proves itself', async () => {
    const client = await newClient().connect();
    expect(await client.whoAmI()).toContainEqual({ scheme: 'sasl', id: 'alice' });
    await client.create('/kerberos', 'mine', { acl: [{ perms: 31, scheme: 'sasl', id: 'alice' }] });
    expect(String((await client.getData('/kerberos')).data)).toBe('mine');
    await client.close();
  });

  it('authenticates each connection: a watch outlives an expiry and a server that was killed and restarted', async () => {
    const client = await newClient().connect();
    const calls = new Recorder<string>();
    new DataWatch(client, '/ticket', (data) => calls.record(String(data)));
    await calls.until((texts) => texts.includes('null'));
    const { sessionId, sessionPassword } = client;
    if (sessionId === null || sessionPassword === null) throw new Error('no session');
    await endSession({ id: sessionId, password: sessionPassword }, 10_000, { host: '127.0.0.1', port: server.port });
    await client.retry(() => client.create('/ticket', 'one'));
    await calls.until((texts) => texts.includes('one'));
    expect(client.sessionId).not.toBe(sessionId);
    await server.restart();
    await client.retry(() => client.setData('/ticket', 'two'));
    await calls.until((texts) => texts.includes('two'));
    expect(await client.whoAmI()).toContainEqual({ scheme: 'sasl', id: 'alice' });
    await client.close();
  });

  it('says so at a server without Kerberos', async () => {
    await using plain = await ZooKeeperServer.start();
    const client = newClient({}, plain);
    await expect(client.connect()).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      reason: 'no-sasl',
      mechanism: 'GSSAPI',
    });
    await client.close();
  });

  it('names the service that the realm does not know, and tries again until its time is over', async () => {
    const logger = new RecordingLogger();
    const client = newClient({ sasl: { ...sasl, service: 'nosuch' }, logger });
    await expect(client.connect({ timeout: 2_000 })).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
    // Attempts at ::1, where nobody listens, are among them.
    const reasons = logger.items.map(({ details }) => String((details as { err?: Error }).err?.message));
    expect(reasons.filter((reason) => /SASL GSSAPI: .*not found/i.test(reason)).length).toBeGreaterThan(1);
    await client.close();
  });

  it('without a ticket waits for one', async () => {
    await realm.kdestroy();
    const client = newClient();
    const connecting = client.connect();
    await realm.kinit('alice');
    await connecting;
    expect(await client.whoAmI()).toContainEqual({ scheme: 'sasl', id: 'alice' });
    await client.close();
  });
});
