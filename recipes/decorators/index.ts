export { childrenWatch, dataWatch, treeWatch, watchesOf } from './decorators.js';
export type { ClientSource, PathSource, WatchDecorator } from './watch-decorator.js';
