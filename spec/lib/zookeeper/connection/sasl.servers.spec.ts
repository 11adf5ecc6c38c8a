import { afterAll, beforeAll, describe, expect, it as test } from 'vitest';
import {
  AuthFailedError,
  DataWatch,
  type SaslMechanism,
  type SaslOption,
  ZooKeeperClient,
  type ZooKeeperClientOptions,
} from '../../../../index.js';
import { Recorder } from '../../../../testing/recorder.js';
import { RecordingLogger } from '../../../../testing/recording-logger.js';
import { clientTransport } from '../../../../testing/transport.js';
import { startServer, type TestServer } from '../../../support/test-server.js';

const USERS = { ascii: 'secret', latin: 'pässwörd', other: 'пароль-密码', quoted: 'a"b\\c,d=e' };
const ASCII: SaslOption = { mechanism: 'DIGEST-MD5', username: 'ascii', password: USERS.ascii };

let server: TestServer;
let guarded: TestServer;
let without: TestServer;

beforeAll(async () => {
  [server, guarded, without] = await Promise.all([
    startServer({ sasl: { users: USERS } }),
    startServer({ sasl: { users: USERS, required: true } }),
    startServer(),
  ]);
});

afterAll(async () => {
  await Promise.all([server.stop(), guarded.stop(), without.stop()]);
});

async function connect(sasl: SaslOption, { port }: TestServer = server): Promise<ZooKeeperClient> {
  const options = { sessionTimeout: 4_000, logger: new RecordingLogger(), sasl, ...clientTransport() };
  return new ZooKeeperClient(`127.0.0.1:${port}`, options).connect();
}

/** Well below the timeout of connect(). */
const AT_ONCE = 5_000;

async function refusal(options: ZooKeeperClientOptions, { port }: TestServer = server): Promise<AuthFailedError> {
  const logger = new RecordingLogger();
  const client = new ZooKeeperClient(`127.0.0.1:${port}`, { logger, ...clientTransport(), ...options });
  const begun = performance.now();
  const error = await client.connect().catch((reason: unknown) => reason);
  expect(performance.now() - begun).toBeLessThan(AT_ONCE);
  expect(client.state).toBe('latent');
  await client.close();
  expect(error).toBeInstanceOf(AuthFailedError);
  expect(logger.messages('warn').concat(logger.messages('error'))).toEqual([]);
  return error as AuthFailedError;
}

describe('SASL DIGEST-MD5', () => {
  test.each(Object.entries(USERS))('authenticates with a password of %s letters', async (username, password) => {
    const client = await connect({ mechanism: 'DIGEST-MD5', username, password });
    const acl = [{ perms: 31, scheme: 'sasl', id: username }];
    const path = `/of-${username}`;
    await client.create(path, 'mine', { acl });
    expect((await client.getData(path)).data.toString()).toBe('mine');
    const stranger = await new ZooKeeperClient(`127.0.0.1:${server.port}`, clientTransport()).connect();
    await expect(stranger.getData(path)).rejects.toMatchObject({ code: 'NO_AUTH' });
    await stranger.close();
    await client.close();
  });

  test('authenticates each connection anew, before the watches are armed', async () => {
    let asked = 0;
    const password = async (): Promise<string> => {
      asked += 1;
      return USERS.ascii;
    };
    const client = await connect({ mechanism: 'DIGEST-MD5', username: 'ascii', password }, guarded);
    const calls = new Recorder<string>();
    new DataWatch(client, '/watched', (data) => calls.record(String(data)));
    await calls.until((texts) => texts.includes('null'));
    const { sessionId } = client;
    const before = asked;
    await guarded.dropConnections();
    await client.retry(() => client.create('/watched', 'one'));
    await calls.until((texts) => texts.includes('one'));
    expect(client.sessionId).toBe(sessionId);
    expect(asked).toBeGreaterThan(before);
    await client.close();
  });

  test('is sent before other credentials, which count too', async () => {
    const client = new ZooKeeperClient(`127.0.0.1:${guarded.port}`, {
      ...clientTransport(),
      logger: new RecordingLogger(),
      sasl: ASCII,
      auth: [{ scheme: 'digest', auth: 'user:pass' }],
    });
    await client.connect();
    await client.create('/both', 'mine', { acl: [{ perms: 31, scheme: 'auth', id: '' }] });
    const { acl } = await client.getAcl('/both');
    const expected = clientTransport().tls ? ['digest', 'sasl', 'x509'] : ['digest', 'sasl'];
    expect(acl.map(({ scheme }) => scheme).sort()).toEqual(expected);
    await client.close();
  });
});

describe('connect() rejects at once with AuthFailedError', () => {
  const digest = (username: string, password: string): SaslOption => ({ mechanism: 'DIGEST-MD5', username, password });

  test('for a wrong password and an unknown user, and names the mechanism', async () => {
    for (const sasl of [digest('ascii', 'wrong'), digest('nobody', 'neither')]) {
      const error = await refusal({ sasl });
      expect(error).toMatchObject({ code: 'AUTH_FAILED', reason: 'refused', mechanism: 'DIGEST-MD5' });
      expect(error.message).toContain('DIGEST-MD5');
      expect(error.message).not.toMatch(/wrong|neither|nobody/);
    }
  });

  test('at a server without SASL, and says what to set there', async () => {
    const error = await refusal({ sasl: ASCII }, without);
    expect(error).toMatchObject({ reason: 'no-sasl', mechanism: 'DIGEST-MD5' });
    expect(error.message).toMatch(/java\.security\.auth\.login\.config.*fips-mode=false/);
  });

  test('at a server that demands SASL, when the client has none', async () => {
    const error = await refusal({}, guarded);
    expect(error).toMatchObject({ reason: 'required' });
    expect(error.message).toContain('`sasl`');
  });
});

describe('a mechanism of the user', () => {
  test('gets the tokens of the server, and may give the exchange up', async () => {
    const seen: unknown[] = [];
    const own: SaslMechanism = {
      mechanism: 'OWN',
      async *exchange(to) {
        seen.push(to.port);
        const challenge = yield Buffer.alloc(0);
        seen.push(String(challenge).split(',')[0]);
        throw new AuthFailedError('no trust', { reason: 'server-not-proven', mechanism: 'OWN' });
      },
    };
    const error = await refusal({ sasl: own });
    expect(error).toMatchObject({ reason: 'server-not-proven', mechanism: 'OWN' });
    expect(error.message).toContain('no trust');
    expect(seen).toEqual([server.port, 'realm="zk-sasl-md5"']);
  });

  test('that fails for another reason is tried again, until its time is over', async () => {
    let tries = 0;
    const own: SaslMechanism = {
      mechanism: 'OWN',
      // biome-ignore lint/correctness/useYield: it fails before
      async *exchange() {
        tries += 1;
        throw new Error('no ticket');
      },
    };
    const options = { logger: new RecordingLogger(), sasl: own, ...clientTransport() };
    const client = new ZooKeeperClient(`127.0.0.1:${server.port}`, options);
    await expect(client.connect({ timeout: 1_000 })).rejects.toMatchObject({
      code: 'CONNECT_TIMEOUT',
      message: expect.stringContaining('SASL OWN: no ticket'),
    });
    expect(tries).toBeGreaterThan(1);
    await client.close();
  });
});
