import type { CoordinationClient, WatchedEvent } from '../../../lib/core/coordination-client.js';
import { type ChildrenState, childrenKind } from '../../../recipes/observing/aspect.js';
import { NodeWatch } from '../../../recipes/watches/node-watch.js';
import type { WatchRecipe } from '../../../recipes/watches/watch-controller.js';

type StateFunction = (state: ChildrenState, event: WatchedEvent | null) => unknown;

/** A ChildrenWatch that also passes the stat: the names alone do not identify a state. */
export class ChildrenAndStatWatch extends NodeWatch<ChildrenState, StateFunction> {
  constructor(client: CoordinationClient, path: string, waitsForNode: boolean, func: StateFunction) {
    const recipe: WatchRecipe<ChildrenState, StateFunction> = {
      kind: childrenKind,
      waitsForNode,
      outlivesSession: true,
      changeEvent: 'NodeChildrenChanged',
      call: (func, state, event) => func(state, event),
    };
    super(client, path, recipe, undefined);
    this.register(func);
  }
}
