export { TreeController } from './tree-controller.js';
export { validateTreeWatchOptions } from './tree-options.js';
export type { TreeMode } from './tree-source.js';
export { TreeWatch } from './tree-watch.js';
export type { Tree, TreeTurn, TreeWatchFunction, TreeWatchOptions } from './types.js';
