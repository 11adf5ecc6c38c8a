import { describe, expect, it, onTestFinished } from 'vitest';
import { ZooKeeperClient } from '../../index.js';
import { RecordingLogger } from '../../testing/recording-logger.js';
import { clientTransport, connectionTransport, isSecureRequested, secureServers } from '../../testing/transport.js';
import { ZooKeeperServer } from '../../testing/zookeeper-server.js';

describe('the transport of the specs', () => {
  it('is TLS with client certificates where a variable asks for it, and plain TCP where none does', () => {
    expect(isSecureRequested({ SPEC_TRANSPORT: 'mtls' })).toBe(true);
    expect(isSecureRequested({})).toBe(false);
    expect(() => isSecureRequested({ SPEC_TRANSPORT: 'tls' })).toThrow('SPEC_TRANSPORT must be mtls, not "tls"');
  });

  it('makes servers demand a certificate, which the clients of the specs have', async () => {
    if (!isSecureRequested()) onTestFinished(await secureServers());
    await using server = await ZooKeeperServer.start();
    const logger = new RecordingLogger();
    await using client = await new ZooKeeperClient(server.connectString, { logger, ...clientTransport() }).connect();
    expect(await client.whoAmI()).toContainEqual({ scheme: 'x509', id: 'CN=client,O=Example' });
    const { ca } = connectionTransport() ?? {};
    await using other = new ZooKeeperClient(server.connectString, { logger, tls: { ca } });
    await expect(other.connect()).rejects.toMatchObject({ code: 'TLS_FAILED' });
  });

  it('is plain TCP for everything that starts later', () => {
    if (!isSecureRequested()) expect([clientTransport(), connectionTransport()]).toEqual([{}, null]);
  });
});
