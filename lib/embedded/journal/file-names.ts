/** What a folder holds of a journal, by the names of the files. */
export interface FolderContents {
  /** Zxids of the first transactions of the log files, in order. */
  logs: bigint[];
  /** Zxids of the snapshots, in order. */
  snapshots: bigint[];
  /** Names of the files whose writing was not finished. */
  temporary: string[];
}

const NAME = /^(log|snapshot)\.([0-9a-f]{16})(\.tmp)?$/;

/** A zxid the way that people know it from ZooKeeper. */
export function hex(zxid: bigint): string {
  return `0x${zxid.toString(16)}`;
}

/** The name of the log file whose first transaction has this zxid. */
export function logName(first: bigint): string {
  return `log.${first.toString(16).padStart(16, '0')}`;
}

/** The name of the snapshot of the state as of this zxid. */
export function snapshotName(zxid: bigint): string {
  return `snapshot.${zxid.toString(16).padStart(16, '0')}`;
}

/** The name that a file has until it is complete. */
export function temporaryName(name: string): string {
  return `${name}.tmp`;
}

/** Finds the files of a journal among the names in a folder; all others are somebody else's. */
export function sortNames(names: readonly string[]): FolderContents {
  const contents: FolderContents = { logs: [], snapshots: [], temporary: [] };
  for (const name of [...names].sort()) {
    const [, kind, digits, temporary] = NAME.exec(name) ?? [];
    const zxid = BigInt(`0x${digits ?? '0'}`);
    if (kind === undefined || zxid === 0n) continue;
    if (temporary !== undefined) contents.temporary.push(name);
    else if (kind === 'log') contents.logs.push(zxid);
    else contents.snapshots.push(zxid);
  }
  return contents;
}
