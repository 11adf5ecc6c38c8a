export type { ChildrenDiff } from './children-diff.js';
export type { ChildrenChange, ChildrenWatchFunction, WaitingChildrenWatchFunction } from './children-watch.js';
export { ChildrenWatch } from './children-watch.js';
export type { DataChange, DataWatchFunction } from './data-watch.js';
export { DataWatch } from './data-watch.js';
export { NodeWatch } from './node-watch.js';
export type { PatientChildrenWatchOptions, PatientStartOptions } from './patient-children-watch.js';
export { PatientChildrenWatch } from './patient-children-watch.js';
export type { SettledChildren } from './settle-wait.js';
export { validateChildrenWatchOptions, validateClient, validateDataWatchOptions } from './watch-arguments.js';
export type {
  ChildrenWatchOptions,
  DataWatchOptions,
  StopReason,
  WatchConfig,
  WatchEvents,
  WatchOptions,
  WatchStatus,
} from './watch-types.js';
