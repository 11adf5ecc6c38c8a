import { EmbeddedZooKeeper } from '../../../../lib/embedded/index.js';
import { RecordingLogger } from '../../../../testing/recording-logger.js';
import { ZooKeeperServer } from '../../../../testing/zookeeper-server.js';
import type { Servers } from './compare.js';
import { ProgramHost } from './program-host.js';

/** Makes session timeouts so long that no session of a program expires. */
const TICK_TIME = 3_000;
/** No container is deleted while programs are played. */
const NEVER = 1_000_000_000;

/** Starts an empty real server and an empty embedded one. */
export async function startServers(): Promise<Servers & AsyncDisposable> {
  const starting = ZooKeeperServer.start({ tickTime: TICK_TIME, containerCheckInterval: NEVER, timeToLive: true });
  const embeddedServer = await EmbeddedZooKeeper.start({
    tickTime: TICK_TIME,
    containerCheckInterval: NEVER,
    logger: new RecordingLogger(),
  });
  const realServer = await starting;
  const [real, embedded] = await Promise.all([ProgramHost.on(realServer.port), ProgramHost.on(embeddedServer.port)]);
  return {
    real,
    embedded,
    async [Symbol.asyncDispose]() {
      await Promise.all([embeddedServer.close(), realServer.stop()]);
    },
  };
}
