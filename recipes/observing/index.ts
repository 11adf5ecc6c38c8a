export type { Aspect, ChildrenState, DataState, NodeState } from './aspect.js';
export { childrenAspect, dataAspect } from './aspect.js';
export { observe } from './client-observers.js';
export { toBuffer } from './kept-data.js';
export type { NodeObserver, Subscriber } from './node-observer.js';
