/** The journal's files in a folder, by name. */
export interface FolderContents {
  /** The zxids of the first transactions of the log files, in order. */
  logs: bigint[];
  /** The zxids of the snapshots, in order. */
  snapshots: bigint[];
  /** The names of the files that were not finished. */
  temporary: string[];
}

const NAME = /^(log|snapshot)\.([0-9a-f]{16})(\.tmp)?$/;

/** The name of a lock: `lock.<pid>.<start of the process>.<a number of its own>`. */
export const LOCK = /^lock\.(\d{1,10})\.([0-9a-f]{0,8})\.[0-9a-f]{16}$/;

/** Whether the journal has made a file of this name, its lock included. */
export function isJournalFile(name: string): boolean {
  return NAME.test(name) || LOCK.test(name);
}

/** The name of the log file whose first transaction has this zxid. */
export function logName(first: bigint): string {
  return `log.${first.toString(16).padStart(16, '0')}`;
}

/** The name of the snapshot of the state as of this zxid. */
export function snapshotName(zxid: bigint): string {
  return `snapshot.${zxid.toString(16).padStart(16, '0')}`;
}

/** The name of a file until it is complete. */
export function temporaryName(name: string): string {
  return `${name}.tmp`;
}

/** Selects the journal's files among the names in a folder, and ignores all others. */
export function sortNames(names: readonly string[]): FolderContents {
  const contents: FolderContents = { logs: [], snapshots: [], temporary: [] };
  for (const name of [...names].sort()) {
    const [, type, digits, temporary] = NAME.exec(name) ?? [];
    const zxid = BigInt(`0x${digits ?? '0'}`);
    if (type === undefined || zxid === 0n) continue;
    if (temporary !== undefined) contents.temporary.push(name);
    else if (type === 'log') contents.logs.push(zxid);
    else contents.snapshots.push(zxid);
  }
  return contents;
}
