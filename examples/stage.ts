/** Where the examples play, and what they print: nothing of it is to be copied. */
import { parseArgs } from 'node:util';
import { type Logger, ZooKeeperClient, ZooKeeperError } from '../index.js';
import { EmbeddedZooKeeper } from '../lib/embedded/index.js';
import { parseConnectString } from '../lib/zookeeper/connect-string.js';
import { expireSession } from '../testing/session-killer.js';

export interface Stage {
  readonly connectString: string;
  /** One line for each report, in the place of a service's own logger, such as pino. */
  readonly logger: Logger;
  /** Expires the session of a client, as a server does when it has not heard of it for too long. */
  expireSession(client: ZooKeeperClient): Promise<void>;
}

const report = (_details: object, message: string): void => say('log', message);
const logger: Logger = { debug() {}, info() {}, warn: report, error: report };

/** A line of the story. */
export function say(who: string, what: string): void {
  console.log(`${who.padEnd(9)} ${what}`);
}

/** What comes next in the story: all that is printed from here on is indented. */
export function chapter(title: string): void {
  console.groupEnd();
  console.log(`\n${title}`);
  console.group();
}

/**
 * Plays on a ZooKeeper inside this process, which is gone afterwards; with `--connect host:port/chroot` on that one, below a
 * znode which is gone afterwards.
 */
export async function onStage(play: (stage: Stage) => Promise<void>): Promise<void> {
  const { values: options } = parseArgs({ options: { connect: { type: 'string' } } });
  try {
    if (options.connect === undefined) await onEmbeddedServer(play);
    else await onServer(options.connect, play);
  } catch (error) {
    if (!(error instanceof ZooKeeperError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

async function onEmbeddedServer(play: (stage: Stage) => Promise<void>): Promise<void> {
  await using server = await EmbeddedZooKeeper.start();
  console.log(`A ZooKeeper inside this process listens on ${server.connectString}`);
  await play({
    connectString: server.connectString,
    logger,
    async expireSession({ sessionId }) {
      if (sessionId !== null) server.expireSession(sessionId);
    },
  });
}

async function onServer(connectString: string, play: (stage: Stage) => Promise<void>): Promise<void> {
  const { servers, chroot } = parseConnectString(connectString);
  const [hosts] = connectString.split('/');
  const root = `/zk-recipes-example-${Date.now()}`;
  await using owner = await new ZooKeeperClient(connectString).connect();
  await owner.ensurePath(root);
  try {
    await play({
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
