/** The server of an exchange. */
export interface SaslServer {
  /** As the connect string names it. */
  readonly host: string;
  /** The TCP port. */
  readonly port: number;
  /** The IP address that the name stands for. Default: the host. */
  readonly address?: string;
}

/**
 * A SASL mechanism. `exchange` is called once for each connection, and makes the tokens that the client sends.
 *
 * @example
 * ```ts
 * import type { SaslMechanism } from 'zk-recipes';
 *
 * const external: SaslMechanism = {
 *   mechanism: 'EXTERNAL',
 *   async *exchange() {
 *     yield Buffer.from('alice');
 *   },
 * };
 * ```
 */
export interface SaslMechanism {
  /** Its name, for messages. */
  readonly mechanism: string;
  /**
   * Yields the tokens to send. Each `yield` gives the server's answer: a token, or `null` for an answer without one.
   * When it returns, the exchange has succeeded. When it throws an {@link AuthFailedError}, `connect()` rejects with
   * that; any other error ends this connection alone, and the client tries again.
   */
  exchange(server: SaslServer): AsyncGenerator<Uint8Array, void, Buffer | null>;
}
