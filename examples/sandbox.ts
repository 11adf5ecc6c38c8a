/** The server on which the examples run, and their output. Nothing in this file is meant to be copied. */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { type Logger, ZooKeeperClient, ZooKeeperError } from '../index.js';
import { EmbeddedZooKeeper } from '../lib/embedded/index.js';
import { parseConnectString } from '../lib/zookeeper/connect-string.js';
import { FaultProxy } from '../testing/fault-proxy.js';
import { expireSession } from '../testing/session-killer.js';

/** The server of an example, and its outside world. */
export interface Sandbox {
  readonly connectString: string;
  /** Prints one line per report. A service would pass its own logger here, such as pino. */
  readonly logger: Logger;
  /** Expires the session of a client, as a server does when it has heard nothing from it for too long. */
  expireSession(client: ZooKeeperClient): Promise<void>;
}

/** A line to the server of an example that can be cut. */
export interface Line extends AsyncDisposable {
  readonly connectString: string;
  /** Ends all connections, and refuses new ones. */
  cut(): void;
  /** Ends `cut()`. */
  repair(): Promise<void>;
}

type Example = (sandbox: Sandbox) => Promise<void>;

const report = (_details: object, message: string): void => say('log', message);
const logger: Logger = {
  debug() {},
  info: (details, message) => {
    if ('state' in details && details.state === 'lost') report(details, message);
  },
  warn: report,
  error: report,
};

/** Prints one line of the story. */
export function say(who: string, text: string): void {
  console.log(`${who.padEnd(9)} ${text}`);
}

/** Prints a heading of the story, and indents the lines after it. */
export function chapter(title: string): void {
  console.groupEnd();
  console.log(`\n${title}`);
  console.group();
}

/**
 * Runs an example on a ZooKeeper inside this process, or, with `--connect host:port/chroot`, on that ZooKeeper, below a
 * znode that it deletes at the end.
 */
export async function inSandbox(example: Example): Promise<void> {
  const { values: options } = parseArgs({ options: { connect: { type: 'string' } } });
  try {
    if (options.connect === undefined) await onEmbeddedServer(example);
    else await onServer(options.connect, example);
  } catch (error) {
    if (!(error instanceof ZooKeeperError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** Starts a thread that runs a module of TypeScript: tsx does not reach into a thread by itself. */
export function startThread(url: string, workerData: unknown): Worker {
  const code = `import('tsx/esm/api').then(({ register }) => register() && import(${JSON.stringify(url)}));`;
  return new Worker(code, { eval: true, workerData });
}

/** Makes a line to the first server of a connect string. */
export async function makeLine(connectString: string): Promise<Line> {
  const { servers, chroot } = parseConnectString(connectString);
  const proxy = await FaultProxy.listen(servers[0] as (typeof servers)[0]);
  return {
    connectString: `${proxy.connectString}${chroot}`,
    cut() {
      proxy.refuse();
      proxy.cut();
    },
    repair: () => proxy.accept(),
    [Symbol.asyncDispose]: () => proxy.close(),
  };
}

async function onEmbeddedServer(example: Example): Promise<void> {
  await using server = await EmbeddedZooKeeper.start();
  console.log(`A ZooKeeper inside this process listens on ${server.connectString}`);
  await example({
    connectString: server.connectString,
    logger,
    async expireSession({ sessionId }) {
      if (sessionId !== null) server.expireSession(sessionId);
    },
  });
}

async function onServer(connectString: string, example: Example): Promise<void> {
  const { servers, chroot } = parseConnectString(connectString);
  const [hosts] = connectString.split('/');
  const root = `/zk-recipes-example-${Date.now()}`;
  await using owner = await new ZooKeeperClient(connectString).connect();
  await owner.ensurePath(root);
  try {
    await example({
      connectString: `${hosts}${chroot}${root}`,
      logger,
      async expireSession(client) {
        const [server] = servers;
        if (server) await expireSession(client, server.port, server.host);
      },
    });
  } finally {
    await owner.deleteRecursive(root);
  }
}
