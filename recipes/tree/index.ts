export { orderChanges } from './ordered-changes.js';
export { changesAfter } from './resumption.js';
export { inSlices } from './slices.js';
export { TreeController } from './tree-controller.js';
export { validateIdleTimeout, validateSince, validateSinceOf, validateTreeWatchOptions } from './tree-options.js';
export type { TreeSnapshot } from './tree-snapshot.js';
export type { TreeMode } from './tree-source.js';
export { TreeWatch } from './tree-watch.js';
export type { Tree, TreeTurn, TreeWatchFunction, TreeWatchOptions } from './types.js';
