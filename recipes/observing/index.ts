export type { ChildrenState, DataState, NodeKind, NodeState } from './aspect.js';
export { childrenKind, dataKind, isSameState } from './aspect.js';
export { observe } from './client-observers.js';
export type { NodeObserver, Subscriber } from './node-observer.js';
