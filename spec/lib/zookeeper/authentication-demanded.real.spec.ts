import { describe, expect, it } from 'vitest';
import { ZooKeeperClient, type ZooKeeperClientOptions } from '../../../index.js';
import { AuthFailedError } from '../../../lib/core/errors.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { clientTransport } from '../../../testing/transport.js';
import { ZooKeeperServer } from '../../../testing/zookeeper-server.js';

const SASL = { 'authProvider.sasl': 'org.apache.zookeeper.server.auth.SASLAuthenticationProvider' };

const DEMANDS: Record<string, Record<string, string>> = {
  'enforce.auth.schemes=sasl': { ...SASL, 'enforce.auth.enabled': 'true', 'enforce.auth.schemes': 'sasl' },
  'enforce.auth.schemes=digest': { 'enforce.auth.enabled': 'true', 'enforce.auth.schemes': 'digest' },
  'sessionRequireClientSASLAuth=true': { ...SASL, sessionRequireClientSASLAuth: 'true' },
};

function make(server: ZooKeeperServer, options: ZooKeeperClientOptions = {}): ZooKeeperClient {
  return new ZooKeeperClient(server.connectString, {
    sessionTimeout: 2_000,
    logger: new RecordingLogger(),
    ...clientTransport(),
    ...options,
  });
}

describe('a server with', () => {
  for (const [name, config] of Object.entries(DEMANDS)) {
    it(`${name} rejects connect() of a client without credentials as AuthFailedError`, async () => {
      await using server = await ZooKeeperServer.start({ config });
      const client = make(server);
      const error = await client.connect().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(AuthFailedError);
      expect((error as Error).message).toContain('the server demands authentication (error -124)');
      expect(client.state).toBe('latent');
      await client.close();
      if (!name.endsWith('digest')) return;
      const other = make(server, { auth: [{ scheme: 'digest', auth: 'user:password' }] });
      await other.connect();
      expect((await other.exists('/'))?.version).toBe(0);
      await other.close();
    });
  }
});
