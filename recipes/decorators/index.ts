export type { ClientSource, PathSource, WatchDecorator } from './decorators.js';
export { childrenWatch, dataWatch, watchesOf } from './decorators.js';
