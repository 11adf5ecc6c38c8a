import { describe } from 'vitest';
import { ZooKeeperServer } from '../../../testing/zookeeper-server.js';
import { RealTestServer } from '../../support/real-test-server.js';
import { OWN_FAULTS } from './own-faults.js';
import { SERVER_FAULTS } from './server-faults.js';
import { describeFaults } from './table.js';

describe('on a real server', () => {
  describeFaults(SERVER_FAULTS, async () => {
    const server = await RealTestServer.start({ tickTime: 100 });
    return { servers: server, ports: [server.port], stop: () => server.stop() };
  });
});

describe('on a real server, reached directly', () => {
  describeFaults(OWN_FAULTS, async () => {
    const server = await ZooKeeperServer.start({ tickTime: 100 });
    return { servers: server, ports: [server.port], isDirect: true, stop: () => server.stop() };
  });
});
