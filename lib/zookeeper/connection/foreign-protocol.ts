/** How a server of TLS may begin: with the content type of an alert or of a handshake, and the major version 3. */
const TLS_STARTS: ReadonlySet<number> = new Set([0x1503, 0x1603]);

/** `HTTP`, as a number. */
const HTTP = 0x48545450;

/** The protocol of a server that is no plain ZooKeeper, by its first four bytes; `undefined` for any other. */
export function foreignProtocolOf(start: number): 'TLS' | 'HTTP' | undefined {
  if (TLS_STARTS.has(start >> 16)) return 'TLS';
  return start === HTTP ? 'HTTP' : undefined;
}
