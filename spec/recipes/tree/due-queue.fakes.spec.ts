import { describe, expect, it } from 'vitest';
import { DueQueue } from '../../../recipes/tree/due-queue.js';
import { type Due, PARTS } from '../../../recipes/tree/reading.js';

/** A queue with these dirty znodes. */
function queueOf(dirty: Record<string, number>): DueQueue {
  const queue = new DueQueue();
  for (const _ of queue.fill(new Map(Object.entries(dirty))));
  return queue;
}

const print = (dues: Iterable<Due>): string[] => Array.from(dues, ({ path, parts }) => `${path} ${parts}`);

describe('the queue of a round', () => {
  it('has parents before their children', () => {
    const queue = queueOf({ '/a/b/c': PARTS.data, '/a': PARTS.data, '/a/b': PARTS.data });
    expect(print(queue.take(10))).toEqual(['/a 1', '/a/b 1', '/a/b/c 1']);
  });

  it('reads all parts that are asked for of a dirty znode by one reading, while it waits', () => {
    const queue = queueOf({ '/a': PARTS.data, '/b': PARTS.data });
    queue.add({ path: '/b', parts: PARTS.children });
    queue.add({ path: '/c', parts: PARTS.all });
    expect(print(queue.take(10))).toEqual(['/a 1', '/b 3', '/c 3']);
  });

  it('has a dirty znode no second time while its reading is on its way, and again when that asks for more', () => {
    const queue = queueOf({ '/a': PARTS.data });
    const [due] = queue.take(10);
    queue.add({ path: '/a', parts: PARTS.all });
    expect([queue.take(10), due?.parts]).toEqual([[], PARTS.data]);
    Object.assign(due as Due, { state: 'read' });
    queue.add({ path: '/a', parts: PARTS.all });
    expect(print(queue.take(10))).toEqual(['/a 3']);
  });

  it('gives back what was not taken, and what was put back', () => {
    const queue = queueOf({ '/a': PARTS.data, '/b': PARTS.stat });
    queue.putBack(queue.take(1));
    expect(print(queue.takeWaiting())).toEqual(['/b 4', '/a 1']);
    expect(queue.take(10)).toEqual([]);
  });
});
