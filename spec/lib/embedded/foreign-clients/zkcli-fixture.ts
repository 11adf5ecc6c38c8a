import { afterAll, beforeAll } from 'vitest';
import { ZkCli } from '../../../../testing/zk-cli.js';
import { startServer, type TestServer } from '../../../support/test-server.js';

/** A server for the specs of a file, with a connected zkCli.sh. */
interface ZkCliAtServer {
  readonly server: TestServer;
  readonly cli: ZkCli;
  /** Runs one command and returns the lines that it printed. */
  run(command: string): Promise<readonly string[]>;
}

/** Starts both before the first spec of the file and stops them after the last. Call it once, outside of the specs. */
export function zkCliAtServer(): ZkCliAtServer {
  let server: TestServer;
  let cli: ZkCli;

  beforeAll(async () => {
    server = await startServer({ tickTime: 100 });
    cli = await ZkCli.start(server.connectString);
  });

  afterAll(async () => {
    await cli?.[Symbol.asyncDispose]();
    await server?.stop();
  });

  return {
    get server() {
      return server;
    },
    get cli() {
      return cli;
    },
    run: (command) => cli.run(command),
  };
}
