export type { Aspect, ChildrenState, DataState, NodeState } from './aspect.js';
export { childrenAspect, dataAspect } from './aspect.js';
export { observe } from './client-observers.js';
export { reportsOf } from './client-reports.js';
export { toBuffer } from './kept-data.js';
export type { NodeObserver } from './node-observer.js';
export type { Subscriber } from './subscriber.js';
