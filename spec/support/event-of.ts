import type { WatchedEvent } from '../../index.js';

/** Equals an event for `expect`, with its transaction or without: only servers from ZooKeeper 3.9 report it. */
export function eventOf(type: WatchedEvent['type'], path: string): WatchedEvent {
  return new AnyTransaction(type, path);
}

class AnyTransaction implements WatchedEvent {
  readonly type: WatchedEvent['type'];
  readonly path: string;

  constructor(type: WatchedEvent['type'], path: string) {
    this.type = type;
    this.path = path;
  }

  asymmetricMatch(event: unknown): boolean {
    if (typeof event !== 'object' || event === null) return false;
    const { type, path, zxid = 1n, ...others } = event as Partial<WatchedEvent>;
    const isExpected = type === this.type && path === this.path;
    return isExpected && typeof zxid === 'bigint' && zxid > 0n && Object.keys(others).length === 0;
  }

  toString(): string {
    return `${this.type} ${this.path}`;
  }
}
