import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import type { SessionCredentials } from '../../testing/session-killer.js';
import type { ZooKeeperServerOptions } from '../../testing/zookeeper-server.js';
import { RealTestServer } from './real-test-server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    server: SharedServer;
  }
}

export interface SharedServer {
  readonly kind: 'real' | 'embedded';
  readonly port: number;
}

export type TestServerOptions = Pick<
  ZooKeeperServerOptions,
  'tickTime' | 'port' | 'dataDir' | 'containerCheckInterval' | 'timeToLive'
>;

/** A server of a spec's own, real or embedded. */
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

/** The server that all spec files of the project share: each spec works below a chroot of its own. */
export function sharedServer(): SharedServer & { connectString: string } {
  const server: SharedServer | undefined = inject('server');
  if (!server) throw new Error('This project shares no server: name the spec among those that run on both servers');
  return { ...server, connectString: `127.0.0.1:${server.port}` };
}

/** A server of the spec's own, of the kind that the project is about. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  if (sharedServer().kind === 'real') return RealTestServer.start(options);
  const { EmbeddedTestServer } = await import('./embedded-test-server.js');
  return EmbeddedTestServer.start(options);
}

/** A path that no other spec uses. */
export function uniqueChroot(): string {
  return `/spec-${randomBytes(8).toString('hex')}`;
}
