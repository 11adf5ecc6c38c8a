import { defineConfig } from 'vitest/config';

/** A spec's suffix names what it needs, and thereby the project that runs it. */
const project = (name: string, suffixes: readonly string[], more: object = {}) => ({
  extends: true as const,
  test: { name, include: suffixes.map((suffix) => `spec/**/*.${suffix}.spec.ts`), ...more },
});

/** Shares one server between all of its specs. A `servers` spec runs on the real server and on the embedded one. */
const sharing = (server: 'real' | 'embedded') =>
  project(server, [server, 'servers'], {
    globalSetup: [`spec/support/global-setup-${server}.ts`],
    setupFiles: ['spec/support/secure-transport.ts'],
  });

export default defineConfig({
  test: {
    projects: [
      project('fakes', ['fakes'], {
        isolate: false,
        setupFiles: ['spec/support/nothing-needed.ts', 'spec/support/own-timers.ts'],
      }),
      sharing('embedded'),
      sharing('real'),
      project('attacks', ['attack']),
      project('world', ['world'], {
        globalSetup: ['spec/support/global-setup-world.ts'],
        testTimeout: 300_000,
        hookTimeout: 300_000,
      }),
      // Real servers of Swift and Keystone.
      project('openstack', ['openstack'], { testTimeout: 300_000, hookTimeout: 300_000 }),
    ],
    // Of all projects together.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    retry: 0,
  },
});
