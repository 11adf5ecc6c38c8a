import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

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

/** Spreads the files of each project over the whole run: the attacks mostly wait, while others need the processor. */
class Spread extends BaseSequencer {
  override async sort(specs: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(specs);
    const projects = [...new Set(sorted.map(({ project }) => project))];
    const places = projects.flatMap((project) => {
      const files = sorted.filter((file) => file.project === project);
      return files.map((file, index) => ({ file, place: (index + 0.5) / files.length }));
    });
    return places.sort((one, other) => one.place - other.place).map(({ file }) => file);
  }
}

export default defineConfig({
  test: {
    projects: [
      project('fakes', ['fakes'], {
        isolate: false,
        // Two thirds less time for collecting garbage.
        execArgv: ['--max-semi-space-size=64'],
        // They hardly wait, and each worker loads the library.
        maxWorkers: 2,
        // Before all others, so that its workers are kept from file to file.
        sequence: { groupOrder: 0 },
        setupFiles: ['spec/support/own-timers.ts'],
      }),
      sharing('embedded'),
      sharing('real'),
      project('attacks', ['attack']),
      project('world', ['world'], {
        globalSetup: ['spec/support/global-setup-world.ts'],
        testTimeout: 300_000,
        hookTimeout: 300_000,
      }),
    ],
    // All projects share what is compiled once.
    experimental: { fsModuleCache: true },
    // Of all projects together: much of the time is spent on waiting.
    maxWorkers: 3,
    sequence: { sequencer: Spread, groupOrder: 1 },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    retry: 0,
  },
});
