import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZooKeeperClient } from '../../index.js';
import { EmbeddedZooKeeper } from '../../lib/embedded/index.js';
import { CertificateAuthority } from '../../testing/certificates.js';
import { FaultProxy } from '../../testing/fault-proxy.js';
import { RecordingLogger } from '../../testing/recording-logger.js';
import { TlsTraffic } from '../../testing/tls-traffic.js';

let ca: CertificateAuthority;
let tls: { cert: Buffer; key: Buffer };

beforeAll(async () => {
  ca = await CertificateAuthority.create();
  const { cert, key } = await ca.issue();
  tls = { cert, key };
});

afterAll(() => ca[Symbol.asyncDispose]());

const SECRETS = ['/secret-place'];

/** Sends a path through a proxy, with these options of TLS on both sides. */
async function reportOf(common: object): Promise<ReturnType<FaultProxy['traffic']>> {
  await using server = await EmbeddedZooKeeper.start({ tls: { ...tls, ...common }, logger: new RecordingLogger() });
  await using proxy = await FaultProxy.listen({ port: server.port }, { secrets: SECRETS });
  const options = { tls: { ca: ca.cert, ...common }, logger: new RecordingLogger() };
  const client = await new ZooKeeperClient(proxy.connectString, options).connect();
  await client.create('/secret-place');
  await client.close();
  return proxy.traffic();
}

describe('a proxy for TLS', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('finds nothing wrong with %s', async (version) => {
    const report = await reportOf({ minVersion: version, maxVersion: version });
    expect(report).toEqual({ connections: 1, bytes: expect.any(Number), breaches: [] });
    expect(report?.bytes).toBeGreaterThan(1_000);
  });

  it('reads what goes in the clear inside of TLS', async () => {
    const report = await reportOf({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0' });
    expect(report?.breaches).toEqual([
      'to-server: /secret-place in plain text',
      'to-client: /secret-place in plain text',
    ]);
  });

  it('reports a client without TLS, once', async () => {
    await using server = await EmbeddedZooKeeper.start();
    await using proxy = await FaultProxy.listen({ port: server.port }, { secrets: [] });
    const client = await new ZooKeeperClient(proxy.connectString, { logger: new RecordingLogger() }).connect();
    await client.create('/a');
    await client.close();
    const { breaches } = proxy.traffic() ?? {};
    expect(breaches?.toSorted()).toEqual([
      'to-client: record 0 has the header 0000002500',
      'to-server: record 0 has the header 0000002d00',
    ]);
  });
});

/** Follows a connection that sends these chunks to the server. */
function breachesOf(...chunks: readonly (readonly number[] | string)[]): readonly string[] {
  const traffic = new TlsTraffic(['secret']);
  const follow = traffic.follow('to-server');
  for (const chunk of chunks) follow(Buffer.from(chunk as string));
  return traffic.report.breaches;
}

describe('TLS traffic', () => {
  const HELLO = [22, 3, 1, 0, 2, 7, 7];

  it('may be cut into any chunks, and end anywhere', () => {
    const records = [...HELLO, 23, 3, 3, 0, 1, 9, 23, 3];
    expect(breachesOf(records)).toEqual([]);
    expect(breachesOf(...records.map((byte) => [byte]))).toEqual([]);
  });

  it('begins with a handshake, from the client', () => {
    expect(breachesOf([23, 3, 3, 0, 1, 9])).toEqual(['to-server: its first byte is 23']);
    const traffic = new TlsTraffic([]);
    traffic.follow('to-client')(Buffer.from([21, 3, 3, 0, 2, 2, 40]));
    expect(traffic.report.breaches).toEqual([]);
  });

  it.each([
    ['type', [19, 3, 3, 0, 1]],
    ['type', [24, 3, 3, 0, 1]],
    ['version', [23, 2, 3, 0, 1]],
    ['length', [23, 3, 3, 0xff, 1]],
  ])('has no record of another %s', (_, header) => {
    const found = `to-server: record 1 has the header ${Buffer.from(header).toString('hex')}`;
    expect(breachesOf([...HELLO, ...header])).toEqual([found]);
  });

  it('is searched for words across chunks and records', () => {
    expect(breachesOf([...HELLO, 23, 3, 3, 0, 6], 'sec', 'ret')).toEqual(['to-server: secret in plain text']);
  });
});
