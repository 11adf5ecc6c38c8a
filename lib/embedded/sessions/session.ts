/** The connection that a session is on, as far as the session is concerned. */
export interface SessionConnection {
  /** As negotiated on it, in ms. */
  readonly sessionTimeout: number;
  /** Cuts it. */
  destroy(): void;
  /** Makes it silent, or lets it speak again. */
  setSilent(silent: boolean): void;
}

/** A client's session: it lives over many connections. */
export class Session {
  readonly id: bigint;
  readonly password: Buffer;
  /** As first negotiated, in ms. Each connection negotiates its own. */
  readonly timeout: number;
  connection: SessionConnection | null = null;
  /** Whether the server says nothing to it, on whatever connection. */
  isFrozen = false;

  constructor(id: bigint, password: Buffer, timeout: number) {
    this.id = id;
    this.password = password;
    this.timeout = timeout;
  }
}

/** A session id as ZooKeeper's logs and commands write it. */
export function hex(id: bigint): string {
  return `0x${BigInt.asUintN(64, id).toString(16)}`;
}
