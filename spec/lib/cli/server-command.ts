import { it as base } from '../../support/fixtures.js';
import { type CliOptions, CliProcess } from './cli-process.js';
import { type RunHere, runHere } from './run-here.js';

/** Commands of `zk-recipes` on the shared server; in this process unless they end early, or are to be followed. */
export interface CommandFixtures {
  /** The servers, with the spec's chroot. */
  servers: string;
  /** Runs a command to its end. @param input the content of stdin */
  run: (args: readonly string[], input?: Buffer | string) => Promise<RunHere>;
  /** Starts a command in a process of its own. */
  start: (args: readonly string[], options?: CliOptions) => Promise<CliProcess>;
}

/** `test` of vitest with the fixtures. */
export const it = base.extend<CommandFixtures>({
  servers: async ({ port, chroot }, use) => use(`127.0.0.1:${port}${chroot}`),
  run: async ({ servers }, use) => use((args, input) => runHere(['--connect', servers, ...args], input)),
  start: async ({ servers }, use) => {
    const started: CliProcess[] = [];
    await use(async (args, options) => {
      const cli = await CliProcess.run(args, { ...options, env: { ZK_RECIPES_CONNECT: servers, ...options?.env } });
      started.push(cli);
      return cli;
    });
    for (const cli of started) await cli[Symbol.asyncDispose]();
  },
});

/** The lines of an output, each parsed as JSON. */
export function objectsIn(output: string): Record<string, unknown>[] {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
