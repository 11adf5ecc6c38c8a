/** The part of a connection that its session uses. */
export interface SessionConnection {
  /** The session timeout that was negotiated on this connection, in ms. */
  readonly sessionTimeout: number;
  /** Destroys the connection. */
  destroy(): void;
  /** Stops or resumes reading and writing. */
  setSilent(silent: boolean): void;
}

/** A client's session, which outlives its connections. */
export class ServerSession {
  readonly id: bigint;
  readonly password: Buffer;
  /** The timeout that was negotiated first, in ms. Each connection negotiates its own. */
  readonly timeout: number;
  connection: SessionConnection | null = null;
  /** Whether the server is silent towards this session on every connection. */
  isFrozen = false;

  constructor(id: bigint, password: Buffer, timeout: number) {
    this.id = id;
    this.password = password;
    this.timeout = timeout;
  }
}
