import { FaultProxy } from '../../testing/fault-proxy.js';
import { endSession, type SessionCredentials } from '../../testing/session-killer.js';
import { ZooKeeperServer } from '../../testing/zookeeper-server.js';
import type { TestServer, TestServerOptions } from './test-server-interface.js';

/**
 * A real server that does to sessions and connections what the embedded one can do by itself. Clients reach it through
 * a proxy, and only while it serves: it would leave a connection that comes while it starts without an answer.
 */
export class RealTestServer implements TestServer {
  readonly port: number;
  readonly connectString: string;
  readonly #server: ZooKeeperServer;
  readonly #front: FaultProxy;

  private constructor(server: ZooKeeperServer, front: FaultProxy) {
    this.port = front.port;
    this.connectString = front.connectString;
    this.#server = server;
    this.#front = front;
  }

  static async start({ port, ...options }: TestServerOptions): Promise<RealTestServer> {
    const server = await ZooKeeperServer.start(options);
    const behind = { port: server.securePort ?? server.port };
    try {
      return new RealTestServer(server, await FaultProxy.listen(behind, port === undefined ? {} : { port }));
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  async kill(): Promise<void> {
    this.#front.refuse();
    await this.#server.kill();
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.#server.restart();
    await this.#front.accept();
  }

  pause(): void {
    this.#server.pause();
  }

  resume(): void {
    this.#server.resume();
  }

  expireSession(session: SessionCredentials): Promise<void> {
    return endSession(session, 10_000, { host: '127.0.0.1', port: this.#server.port });
  }

  async dropConnections(): Promise<void> {
    this.#front.cut();
  }

  fourLetterWord(word: string, within?: number): Promise<string> {
    return this.#server.fourLetterWord(word, within);
  }

  async stop(): Promise<void> {
    await this.#front.close();
    await this.#server.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
