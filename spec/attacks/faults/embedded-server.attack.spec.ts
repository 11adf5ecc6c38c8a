import { describe } from 'vitest';
import { EmbeddedTestServer } from '../../support/embedded-test-server.js';
import { SERVER_FAULTS } from './server-faults.js';
import { describeFaults } from './table.js';

describe('on the embedded server', () => {
  describeFaults(SERVER_FAULTS, async () => {
    const server = await EmbeddedTestServer.start({ tickTime: 100 });
    return { servers: server, ports: [server.port], stop: () => server.stop() };
  });
});
