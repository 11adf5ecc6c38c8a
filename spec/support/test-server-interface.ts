import type { SessionCredentials } from '../../testing/session-killer.js';
import type { ZooKeeperServerOptions } from '../../testing/zookeeper-server.js';

export type TestServerOptions = Pick<
  ZooKeeperServerOptions,
  'tickTime' | 'port' | 'dataDir' | 'containerCheckInterval' | 'timeToLive' | 'tls' | 'sasl'
>;

/** A server of a spec's own, real or embedded. With `tls` its port is the one with TLS. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly connectString: string;
  /** Ends it without notice; its data stays. */
  kill(): Promise<void>;
  /** Again on the same port and the same data, after a kill when it still runs. */
  restart(): Promise<void>;
  /** Its connections stay open and it says nothing. */
  pause(): void;
  resume(): void;
  /** As if it had timed out. */
  expireSession(session: SessionCredentials): Promise<void>;
  /** Cuts every connection; the sessions live on. */
  dropConnections(): Promise<void>;
  fourLetterWord(word: string, within?: number): Promise<string>;
  /** For good, without its data, unless that has a dataDir; idempotent. */
  stop(): Promise<void>;
}
