export { IdleClock } from './idle-clock.js';
export { NodeWatch } from './node-watch.js';
export { Readiness } from './readiness.js';
export { toFunctionAndOptions, validateClient } from './watch-arguments.js';
export type { Observation, Watch } from './watch-controller.js';
export { WatchController } from './watch-controller.js';
export { WatchIterator } from './watch-iterator.js';
export type { FunctionCall, StopReason, WatchEvents, WatchOptions, WatchStatus } from './watch-types.js';
export { WATCH_EVENTS } from './watch-types.js';
