/** The schemes of ZooKeeper itself, besides those that `AuthenticationProvider`s of a deployment add. */
const KNOWN: ReadonlySet<string> = new Set(['auth', 'digest', 'ip', 'sasl', 'super', 'world', 'x509']);

/** Names a scheme for a message. An unknown one is not shown: it may be credentials in the wrong place. */
export function nameOfScheme(scheme: string): string {
  return KNOWN.has(scheme) ? `scheme ${scheme}` : `an unknown scheme of length ${scheme.length}`;
}
