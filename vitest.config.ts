import { defineConfig } from 'vitest/config';

/** Runs on the real server and on the embedded one. What stands on fakes alone is left out. */
const onBothServers = [
  'spec/recipes/!(foreign-client*).spec.ts',
  'spec/leaks/*.spec.ts',
  'spec/lib/zookeeper/!(*-unit|bad-input|client-options|connect-string|heartbeat|server-rotation|watch-table).spec.ts',
  'spec/lib/embedded/foreign-clients/*.spec.ts',
  'spec/lib/paths.spec.ts',
  'spec/support/{fault-proxy,test-server}.spec.ts',
];

const on = (server: 'real' | 'embedded') => ({
  extends: true as const,
  test: { name: server, include: onBothServers, globalSetup: [`spec/support/global-setup-${server}.ts`] },
});

/** The rest: needs no server, or one kind of it, which it starts itself. */
const unit = {
  extends: true as const,
  test: { name: 'unit', include: ['spec/**/*.spec.ts'], exclude: onBothServers },
};

export default defineConfig({
  test: {
    projects: [on('real'), on('embedded'), unit],
    // Of all projects together.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    retry: 0,
  },
});
