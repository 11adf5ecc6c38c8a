import type { CoordinationClient, WatchedEvent } from '../../../lib/core/coordination-client.js';
import { type ChildrenState, childrenAspect } from '../../../recipes/observing/index.js';
import { NodeWatch, type WatchConfig } from '../../../recipes/watches/index.js';

type Told = (state: ChildrenState, event: WatchedEvent | null) => unknown;

/** A ChildrenWatch that tells the stat, too: the names alone do not say which state it is. */
export class ChildrenAndStatWatch extends NodeWatch<ChildrenState, Told> {
  constructor(client: CoordinationClient, path: string, waitsForNode: boolean, told: Told) {
    const recipe: WatchConfig<ChildrenState, Told> = {
      aspect: childrenAspect,
      waitsForNode,
      outlivesSession: true,
      changeEvent: 'NodeChildrenChanged',
      call: (func, state, event) => func(state, event),
    };
    super(client, path, recipe, told, undefined);
  }
}
