import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { RealTestServer } from './real-test-server.js';
import type { TestServer, TestServerOptions } from './test-server-interface.js';

export type { TestServer, TestServerOptions };

declare module 'vitest' {
  export interface ProvidedContext {
    server: SharedServer;
  }
}

export interface SharedServer {
  readonly kind: 'real' | 'embedded';
  readonly port: number;
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
