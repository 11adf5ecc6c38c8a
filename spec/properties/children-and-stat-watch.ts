import type { CoordinationClient, WatchedEvent } from '../../lib/coordination-client.js';
import { type ChildrenState, childrenKind } from '../../recipes/node-kind.js';
import { NodeWatch } from '../../recipes/node-watch.js';

type Told = (state: ChildrenState, event: WatchedEvent | null) => unknown;

/** A ChildrenWatch that tells the stat, too: the names alone do not say which state it is. */
export class ChildrenAndStatWatch extends NodeWatch<ChildrenState, Told> {
  protected readonly changeEvent = 'NodeChildrenChanged';

  constructor(client: CoordinationClient, path: string, waitsForNode: boolean, told: Told) {
    super(client, path, childrenKind, { waitsForNode, outlivesSession: true }, undefined);
    this.register(told);
  }

  protected override call(told: Told, state: ChildrenState, event: WatchedEvent | null): unknown {
    return told(state, event);
  }
}
