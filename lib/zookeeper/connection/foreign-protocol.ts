/** The content types of TLS records that a server may begin with: an alert, or its part of a handshake. */
const TLS_RECORDS: ReadonlySet<number | undefined> = new Set([0x15, 0x16]);

/** The protocol of a server that is no plain ZooKeeper, by its first bytes; `undefined` for any other. */
export function foreignProtocolOf(bytes: Buffer): 'TLS' | 'HTTP' | undefined {
  if (TLS_RECORDS.has(bytes[0]) && bytes[1] === 0x03) return 'TLS';
  return bytes.toString('latin1', 0, 5) === 'HTTP/' ? 'HTTP' : undefined;
}
