import { basename, join } from 'node:path';
import { InvalidArgumentError } from '../../core/errors.js';
import { hex } from '../hex.js';
import { damagedLog, damagedSnapshot, missingLog } from './damage.js';
import { type FolderContents, logName, snapshotName, sortNames } from './file-names.js';
import { type Files, removeFile } from './files.js';
import { type LogContents, readLog } from './log-file.js';
import { reportingIo } from './reporting-io.js';
import { readSnapshot } from './snapshot-file.js';

/** Receives the contents of a journal when it is opened. The buffers belong to the receiver. */
export interface Recovery {
  /** The newest snapshot, at most once, before any transaction. */
  snapshot(zxid: bigint, bytes: Buffer): void;
  /** Each transaction after it, in order of zxid. */
  transaction(zxid: bigint, bytes: Buffer): void;
}

/** The contents that were found in a folder. */
export interface Playback {
  /** The zxid of the newest snapshot; 0 without one. */
  snapshot: bigint;
  /** The log to continue, or `null` in a folder without a journal. */
  log: LogContents | null;
  /** The amount of log since the snapshot. */
  transactions: number;
  bytes: number;
}

/** The folder in which ZooKeeper keeps its files. */
const REAL_DATA = 'version-2';

/** Lists the journal's files. Refuses a folder that belongs to a real ZooKeeper. */
export async function listFolder(folder: string, files: Files): Promise<FolderContents> {
  const names = await reportingIo('Reading the folder', folder, () => files.readdir(folder));
  if (!names.includes(REAL_DATA) && basename(folder) !== REAL_DATA) return sortNames(names);
  throw new InvalidArgumentError(
    `The data folder ${folder} belongs to a real ZooKeeper server (it has a ${REAL_DATA}), ` +
      'whose files the embedded server neither reads nor writes. Give it a folder of its own.',
  );
}

/** Reads, checks and delivers the contents of the folder, and changes nothing in it. */
export async function playBack(folder: string, recovery: Recovery, files: Files): Promise<Playback> {
  const { logs, snapshots } = await listFolder(folder, files);
  const snapshot = snapshots.at(-1) ?? 0n;
  if (snapshots.length > 0) await playSnapshot(folder, snapshot, recovery, files);
  const playback: Playback = { snapshot, log: null, transactions: 0, bytes: 0 };
  const due = logs.filter((first) => first > snapshot);
  let last = snapshot;
  for (const [index, first] of due.entries()) {
    requireLog(folder, last, first);
    const mayBeTorn = index === due.length - 1;
    const log = await readLog(folder, first, mayBeTorn, (zxid, bytes) => recovery.transaction(zxid, bytes), files);
    last = log.last;
    playback.log = log;
    playback.transactions += log.transactions;
    playback.bytes += log.end;
  }
  if (playback.log === null && snapshots.length > 0) {
    throw missingLog(join(folder, logName(snapshot + 1n)), `it was there when ${snapshotName(snapshot)} was finished`);
  }
  return playback;
}

async function playSnapshot(folder: string, zxid: bigint, recovery: Recovery, files: Files): Promise<void> {
  const bytes = await readSnapshot(folder, zxid, files);
  try {
    recovery.snapshot(zxid, bytes);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw damagedSnapshot(join(folder, snapshotName(zxid)), {
      offset: 0,
      reason: `it cannot be read (${message})`,
      cause,
    });
  }
}

/** Checks that the log that begins with `first` continues the snapshot or the log before it. */
function requireLog(folder: string, last: bigint, first: bigint): void {
  const due = last + 1n;
  if (first === due) return;
  const file = join(folder, logName(first));
  if (first < due) {
    throw damagedLog(file, { offset: 0, reason: `it begins with zxid ${hex(first)}, which the log before it has too` });
  }
  throw missingLog(join(folder, logName(due)), `${file} goes on with zxid ${hex(first)}`);
}

/** Removes the files that a snapshot replaces, and unfinished ones. */
export async function removeSuperseded(folder: string, snapshot: bigint, files: Files): Promise<void> {
  const { logs, snapshots, temporary } = await listFolder(folder, files);
  const names = [
    ...snapshots.filter((zxid) => zxid < snapshot).map(snapshotName),
    ...logs.filter((first) => first <= snapshot).map(logName),
    ...temporary,
  ];
  for (const name of names) await removeFile(join(folder, name), files);
}
