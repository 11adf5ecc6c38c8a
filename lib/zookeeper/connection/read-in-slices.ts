import type { Duplex } from 'node:stream';
import { isSliceOver } from '../../core/slices.js';
import { turns } from '../../core/timers.js';

/**
 * Takes bytes of a stream. Once those of the present turn of the event loop have taken a slice, the stream is read on
 * in the next one: Node reads a socket up to 32 times in a turn.
 */
export function readInSlices(stream: Duplex, take: () => void): void {
  // The first bytes of a turn begin its slice.
  isSliceOver(turns.reading);
  take();
  if (!isSliceOver(turns.reading)) return;
  stream.pause();
  turns.next(() => stream.resume());
}
