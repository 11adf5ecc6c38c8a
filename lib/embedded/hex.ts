/** A session id or a zxid as ZooKeeper's logs and commands write it. */
export function hex(id: bigint): string {
  return `0x${BigInt.asUintN(64, id).toString(16)}`;
}
