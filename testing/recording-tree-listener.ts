import type { TreeListener, WatchedEvent } from '../lib/core/coordination-client.js';
import { Recorder } from './recorder.js';

/** A listener of a tree watch that records its calls as text: `NodeCreated /a`, `armed`, `interrupted`, ... */
export class RecordingTreeListener extends Recorder<string> implements TreeListener {
  /** The znodes that it says to know. */
  paths: string[] = [];
  position = 0n;

  changed({ type, path }: WatchedEvent): void {
    this.record(`${type} ${path}`);
  }

  armed(): void {
    this.record('armed');
  }

  interrupted(): void {
    this.record('interrupted');
  }

  unsupported(): void {
    this.record('unsupported');
  }

  known(): Iterable<string> {
    return this.paths;
  }

  /** Resolves once it was armed so often. */
  async untilArmed(times = 1): Promise<void> {
    await this.until((all) => all.filter((call) => call === 'armed').length >= times, {
      describe: `${times} times armed`,
    });
  }

  /** The events so far. */
  get events(): string[] {
    return this.items.filter((call) => call.startsWith('Node'));
  }
}
