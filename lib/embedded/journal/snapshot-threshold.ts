/** The amount of log after which a snapshot is due: either limit suffices. */
export interface SnapshotThreshold {
  transactions: number;
  bytes: number;
}
