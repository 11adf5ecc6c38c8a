// The command `zk-recipes`, with a snapshot after few transactions.
import { EmbeddedZooKeeper } from '../../lib/embedded/index.js';
import { type InternalOptions, JOURNAL } from '../../lib/embedded/options.js';

const start = EmbeddedZooKeeper.start;
EmbeddedZooKeeper.start = (options) => {
  const internal: InternalOptions = {
    ...options,
    [JOURNAL]: { snapshotEvery: { transactions: 150, bytes: Number.MAX_SAFE_INTEGER } },
  };
  return start(internal);
};

await import('../../lib/cli/main.js');
