export { Change } from './change.js';
export { CompiledFilter, compileFilters, newestZxidOf } from './change-filter.js';
export type { Coalesced, Identity, Transition } from './change-set.js';
export { ChangeSet } from './change-set.js';
export { Checkpoint } from './checkpoint.js';
export type { KnownZnode, KnownZnodes } from './checkpoint-format.js';
export { comparePaths, isWithin } from './path-order.js';
export { Position } from './position.js';
export type { ChangeFilter, ChangeType, TreeChange, TreeNode } from './types.js';
