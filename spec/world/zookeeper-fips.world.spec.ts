import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { AuthFailedError, DataWatch, ZooKeeperClient, type ZooKeeperClientOptions } from '../../index.js';
import { CertificateAuthority } from '../../testing/certificates.js';
import { FaultProxy } from '../../testing/fault-proxy.js';
import { Recorder } from '../../testing/recorder.js';
import { RecordingLogger } from '../../testing/recording-logger.js';
import type { ServerTls } from '../../testing/zookeeper-config.js';
import { ZooKeeperServer, type ZooKeeperServerOptions } from '../../testing/zookeeper-server.js';

const sasl = (password: string) => ({ mechanism: 'DIGEST-MD5', username: 'alice', password }) as const;
const users = { alice: 'secret' };
const ALICE = { scheme: 'sasl', id: 'alice' };

let ca: CertificateAuthority;
let tls: ServerTls;

beforeAll(async () => {
  ca = await CertificateAuthority.create();
  tls = { certificate: await ca.issue(), ca };
});

afterAll(() => ca[Symbol.asyncDispose]());

async function start(options: ZooKeeperServerOptions): Promise<ZooKeeperServer> {
  const server = await ZooKeeperServer.start({ tls, sasl: { users }, ...options });
  onTestFinished(() => server.stop());
  return server;
}

function make(port: number | null, options: ZooKeeperClientOptions = {}): ZooKeeperClient {
  const client = new ZooKeeperClient(`127.0.0.1:${port}`, {
    sessionTimeout: 4_000,
    logger: new RecordingLogger(),
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

async function clientTls(): Promise<{ ca: Buffer; cert: Buffer; key: Buffer }> {
  const { cert, key } = await ca.issue({ subject: '/CN=alice' });
  return { ca: ca.cert, cert, key };
}

describe('ZooKeeper 3.9.6, which is in FIPS mode unless told otherwise,', () => {
  it('refuses DIGEST-MD5 at once, and connect() says which setting it needs', async () => {
    const server = await start({ version: '3.9.6' });
    const options = { tls: await clientTls(), sasl: sasl('secret') };
    for (const client of [make(server.port, { sasl: sasl('secret') }), make(server.securePort, options)]) {
      const begun = performance.now();
      const error = await client.connect().catch((reason: unknown) => reason);
      expect(performance.now() - begun).toBeLessThan(5_000);
      expect(error).toBeInstanceOf(AuthFailedError);
      expect(error).toMatchObject({ reason: 'no-sasl', serverCode: -115, mechanism: 'DIGEST-MD5' });
      expect((error as Error).message).toContain('set fips-mode=false on it');
    }
  });

  it('serves TLS with client certificates, and watches survive a cut and a kill', async () => {
    const server = await start({ version: '3.9.6' });
    await using proxy = await FaultProxy.listen({ port: server.securePort ?? 0 }, { secrets: ['/watched'] });
    const client = await make(proxy.port, { tls: await clientTls(), sessionTimeout: 30_000 }).connect();
    expect(await client.whoAmI()).toContainEqual({ scheme: 'x509', id: 'CN=alice' });
    const { sessionId } = client;
    const values = new Recorder<string>();
    await client.create('/watched', 'one');
    new DataWatch(client, '/watched', (data) => values.record(String(data)));
    await values.untilCount(1);
    proxy.cut();
    await client.retry(() => client.setData('/watched', 'two'));
    await values.until((all) => all.includes('two'));
    await server.restart();
    await client.retry(() => client.setData('/watched', 'three'));
    await values.until((all) => all.includes('three'));
    expect(client.sessionId).toBe(sessionId);
    expect(proxy.traffic()?.breaches).toEqual([]);
    await client.close();
  });

  it('has DIGEST-MD5 with fips-mode=false', async () => {
    const server = await start({ version: '3.9.6', config: { 'fips-mode': 'false' } });
    const client = await make(server.port, { sasl: sasl('secret') }).connect();
    expect(await client.whoAmI()).toContainEqual(ALICE);
    await expect(make(server.port, { sasl: sasl('wrong') }).connect()).rejects.toMatchObject({
      reason: 'refused',
      message: expect.stringContaining('the server refused the credentials of SASL DIGEST-MD5 (error -115)'),
    });
  });
});

describe('ZooKeeper 3.9.3', () => {
  it('has DIGEST-MD5 in FIPS mode too', async () => {
    const server = await start({ version: '3.9.3', config: { 'fips-mode': 'true' } });
    const client = await make(server.port, { sasl: sasl('secret') }).connect();
    expect(await client.whoAmI()).toContainEqual(ALICE);
  });
});
