import type { CoordinationClient, WatchedEvent } from '../../../lib/core/coordination-client.js';
import { NodeWatch } from '../../../recipes/delivering/index.js';
import { type ChildrenState, childrenAspect } from '../../../recipes/observing/index.js';
import { AspectController, type WatchConfig } from '../../../recipes/watches/index.js';

type StateFunction = (state: ChildrenState, event: WatchedEvent | null) => unknown;

/** A ChildrenWatch that also passes the stat: the names alone do not identify a state. */
export class ChildrenAndStatWatch extends NodeWatch<ChildrenState, StateFunction> {
  constructor(client: CoordinationClient, path: string, waitsForNode: boolean, func: StateFunction) {
    const config: WatchConfig<ChildrenState, StateFunction> = {
      aspect: childrenAspect,
      waitsForNode,
      outlivesSession: true,
      changeEvent: 'NodeChildrenChanged',
      call: (func, state, event) => func(state, event),
    };
    super(path, (watch) => new AspectController(watch, client, config, undefined), func);
  }
}
