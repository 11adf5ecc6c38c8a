/** The content types of TLS records that a server may begin with, an alert or its part of a handshake; and a 3. */
const TLS_RECORDS: ReadonlySet<number> = new Set([0x1503, 0x1603]);

/** `HTTP`, as a number. */
const HTTP = 0x48545450;

/** The protocol of a server that is no plain ZooKeeper, by its first four bytes; `undefined` for any other. */
export function foreignProtocolOf(start: number): 'TLS' | 'HTTP' | undefined {
  if (TLS_RECORDS.has(start >> 16)) return 'TLS';
  return start === HTTP ? 'HTTP' : undefined;
}
