/** How the server proves who its clients are, besides the schemes that every ZooKeeper has. */
export interface ServerAuthentication {
  /** Passwords by the name of the user; `null` for a server without SASL. */
  readonly users: ReadonlyMap<string, string> | null;
  /** Whether requests are refused until SASL is through. */
  readonly isSaslRequired: boolean;
  /** The schemes that ACLs may name in addition: `sasl`, `x509`. */
  readonly schemes: ReadonlySet<string>;
}

/** A server with the schemes of every ZooKeeper and no others. */
export const PLAIN_AUTHENTICATION: ServerAuthentication = { users: null, isSaslRequired: false, schemes: new Set() };
