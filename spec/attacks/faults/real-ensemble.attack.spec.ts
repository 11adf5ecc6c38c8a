import { describe } from 'vitest';
import { ZooKeeperEnsemble } from '../../../testing/zookeeper-ensemble.js';
import { ENSEMBLE_FAULTS, SYNC_LIMIT } from './ensemble-faults.js';
import { describeFaults } from './table.js';

describe('on an ensemble of three', () => {
  describeFaults(ENSEMBLE_FAULTS, async () => {
    const config = { syncLimit: String(SYNC_LIMIT) };
    const ensemble = await ZooKeeperEnsemble.start(3, { tickTime: 100, isFirstRemote: true, config });
    return {
      servers: ensemble,
      ports: ensemble.servers.map(({ port }) => port),
      portsOfWriter: ensemble.servers.slice(1).map(({ port }) => port),
      heal: async () => {
        await Promise.all(ensemble.linksOfFirst.map((link) => link.pass()));
        await Promise.all(ensemble.servers.filter((server) => !server.running).map((server) => server.restart()));
        await ensemble.leader();
        await ensemble.followers();
      },
      stop: () => ensemble.stop(),
    };
  });
});
