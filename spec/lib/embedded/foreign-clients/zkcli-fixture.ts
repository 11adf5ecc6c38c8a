import { afterAll, beforeAll } from 'vitest';
import { ZkCli } from '../../../../testing/zk-cli.js';
import { startServer, type TestServer } from '../../../support/test-server.js';

/** A server for the specs of a file, and a zkCli.sh that is connected to it. */
interface ZkCliAtServer {
  readonly server: TestServer;
  readonly cli: ZkCli;
  /** Runs one command, and gives the lines that it printed. */
  run(command: string): Promise<readonly string[]>;
}

/** To be called once in a file, outside of its specs: they find both started, and both end after the last of them. */
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
