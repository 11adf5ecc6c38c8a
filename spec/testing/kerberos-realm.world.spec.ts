import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { KerberosRealm } from '../../testing/kerberos-realm.js';
import { RawSession } from '../../testing/raw-session.js';
import { ZooKeeperServer } from '../../testing/zookeeper-server.js';

/** The part of the npm module that a client needs. */
interface Kerberos {
  initializeClient(service: string, options: { mechOID: number }): Promise<KerberosClient>;
  readonly GSS_MECH_OID_KRB5: number;
}

interface KerberosClient {
  step(challenge: string): Promise<string>;
  unwrap(challenge: string): Promise<string>;
  wrap(challenge: string, options: { user?: string }): Promise<string>;
}

let realm: KerberosRealm;
let kerberos: Kerberos;

beforeAll(async () => {
  realm = await KerberosRealm.start(['alice', 'bob']);
  kerberos = (await realm.loadKerberosModule()) as Kerberos;
});

afterAll(() => realm?.stop());

/** The server's token for one of the client, all in base64, as the npm module has them. */
async function exchange(session: RawSession, token: string): Promise<string> {
  const { error, body } = (await session.request('sasl', { token: Buffer.from(token, 'base64') })) ?? {};
  expect(error).toBe(0);
  const { token: answer } = body as { token: Buffer | null };
  return answer?.toString('base64') ?? '';
}

function newClient(): Promise<KerberosClient> {
  for (const [name, value] of Object.entries(realm.env)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return kerberos.initializeClient('zookeeper@localhost', { mechOID: kerberos.GSS_MECH_OID_KRB5 });
}

/** Logs in with the ticket of a user; the lengths of the server's tokens. */
async function logIn(session: RawSession, user: string): Promise<number[]> {
  await realm.kinit(user);
  const client = await newClient();
  const first = await exchange(session, await client.step(''));
  const second = await exchange(session, (await client.step(first)) ?? '');
  // The offer of security layers: no layer is chosen.
  const offer = await client.unwrap(second);
  const third = await exchange(session, await client.wrap(offer, { user }));
  return [first, second, third].map((token) => Buffer.from(token, 'base64').length);
}

describe('a KerberosRealm', () => {
  it.each(['alice', 'bob'])('lets %s in at a ZooKeeper server, by three tokens', async (user) => {
    await using server = await ZooKeeperServer.start({ javaOptions: realm.serverJavaOptions });
    await using session = await RawSession.open(server.port);
    expect(await logIn(session, user)).toEqual([expect.any(Number), 32, 0]);
    const { body } = (await session.request('whoAmI', undefined)) ?? {};
    expect(body).toMatchObject({ clientInfo: expect.arrayContaining([{ scheme: 'sasl', user }]) });
  });

  it('has no ticket for a user that it does not know', async () => {
    await expect(realm.kinit('mallory')).rejects.toThrow();
  });

  it('lets nobody in who has given the ticket back', async () => {
    await realm.kinit('alice');
    await realm.kdestroy();
    await expect(newClient().then((client) => client.step(''))).rejects.toThrow(/No Kerberos credentials available/);
  });
});
