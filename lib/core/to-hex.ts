/** A session's id or a zxid for a message or a log: plain, and as ZooKeeper's own logs write it. */
export function toHex(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}
