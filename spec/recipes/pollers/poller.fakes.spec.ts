import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  InvalidCheckpointError,
  type PollEvent,
  PollerError,
  WatchStoppedError,
} from '../../../recipes/pollers/index.js';
import { decodePollState } from '../../../recipes/pollers/poll-checkpoint.js';
import { pollSource } from '../../../recipes/pollers/source-poller.js';
import type { PollerOptions } from '../../../recipes/pollers/types.js';
import { FakeSource } from '../../support/fake-source.js';
import { rejectionOf } from '../../support/rejection.js';

const lines = (events: readonly PollEvent[]): string[] =>
  events.map(
    ({ type, subject, recreated }) =>
      `${type} ${subject.split('/').slice(4).join('/')}${recreated ? ' recreated' : ''}`,
  );

async function polled(source = new FakeSource(), options?: PollerOptions) {
  const poller = await pollSource(source, options);
  return { source, poller, next: async () => lines(await poller.getNewEvents()) };
}

describe('a poller', () => {
  it('P1: coalesces whatever happened between two calls by the table', async () => {
    const source = new FakeSource().set('modified', '1').set('deleted', '1').set('again', '1', 'one').set('same', '1');
    const { next } = await polled(source);
    source.set('created', '1').set('created', '2').set('short', '1');
    source.entries.delete('short');
    source.set('modified', '2').set('modified', '3');
    source.entries.delete('deleted');
    source.set('again', '1', 'two').set('same', '2').set('same', '1');
    expect(await next()).toEqual([
      'deleted deleted',
      'modified again recreated',
      'created created',
      'modified modified',
    ]);
    expect(await next()).toEqual([]);
  });

  it('gives deletions first, from below, and the rest from above', async () => {
    const source = new FakeSource().set('a', '1').set('a/b', '1').set('a/b/c', '1');
    const { next } = await polled(source);
    source.entries.clear();
    source.set('x/y', '1').set('x', '1');
    expect(await next()).toEqual(['deleted a/b/c', 'deleted a/b', 'deleted a', 'created x', 'created x/y']);
  });

  it('freezes its events, and leaves out what an entry has not', async () => {
    const source = new FakeSource().set('gone', '1');
    const { poller } = await polled(source);
    source.entries.clear();
    source.set('file', '12').entries.set('folder', { isDirectory: true });
    const events = await poller.getNewEvents();
    expect(events).toStrictEqual([
      { subject: 'fake://host/place/gone', type: 'deleted', recreated: false },
      { subject: 'fake://host/place/file', type: 'created', recreated: false, size: 2 },
      { subject: 'fake://host/place/folder', type: 'created', recreated: false, directory: true },
    ]);
    expect(events.every((event) => Object.isFrozen(event))).toBe(true);
  });

  it('knows what is there, or reports it with `initial`', async () => {
    const source = new FakeSource().set('a', '1');
    expect(await (await polled(source)).next()).toEqual([]);
    expect(source.questions.items.map(({ isBaseline }) => isBaseline)).toEqual([true, false]);
    expect(await (await polled(source, { initial: true })).next()).toEqual(['created a']);
  });

  it('P2: a call that rejects moves nothing', async () => {
    const { source, poller, next } = await polled();
    source.set('a', '1');
    const cause = new Error('page 3 of 5');
    source.failures.push(cause, cause);
    const before = poller.checkpoint();
    for (const _ of [1, 2]) {
      const error = await rejectionOf(poller.getNewEvents());
      expect(error).toBeInstanceOf(PollerError);
      expect(error).toMatchObject({ code: 'POLL_FAILED', cause, url: 'fake://host/place', retryable: true });
    }
    expect(poller.checkpoint()).toEqual(before);
    expect(await next()).toEqual(['created a']);
  });

  it('P2: a call that is aborted rejects with the reason, and moves nothing', async () => {
    const { source, poller, next } = await polled();
    source.set('a', '1').gate = new Promise(() => {});
    const aborting = new AbortController();
    const call = rejectionOf(poller.getNewEvents({ signal: aborting.signal }));
    await source.questions.untilCount(2);
    aborting.abort('enough');
    expect(await call).toBe('enough');
    source.gate = undefined;
    expect(await next()).toEqual(['created a']);
  });

  it('P2: a call that is aborted once the source has answered reports what was found', async () => {
    const { source, poller, next } = await polled();
    const look = source.look.bind(source);
    const aborting = new AbortController();
    source.look = async (question) => {
      const answer = await look(question);
      aborting.abort('late');
      return answer;
    };
    source.set('a', '1');
    expect(lines(await poller.getNewEvents({ signal: aborting.signal }))).toEqual(['created a']);
    expect(await next()).toEqual([]);
  });

  it('P3: calls never overlap, and a second one gets what is left after the first', async () => {
    const { source, poller, next } = await polled();
    source.set('a', '1');
    let open = (): void => {};
    source.gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const [first, second] = [next(), next()];
    const aborted = rejectionOf(poller.getNewEvents({ signal: AbortSignal.abort('early') }));
    expect(await aborted).toBe('early');
    expect(source.questions.items).toHaveLength(2);
    open();
    source.gate = undefined;
    expect(await first).toEqual(['created a']);
    source.set('b', '1');
    expect([['created b'], []]).toContainEqual(await second);
    expect(source.mostAtOnce).toBe(1);
  });

  it('P4: a checkpoint resumes exactly, with the mark of the source', async () => {
    const source = new FakeSource().set('a', '1').set('b', '1').set('c', '1', 'one');
    const { poller } = await polled(source);
    const since = poller.checkpoint();
    await poller.close();
    const later = new FakeSource().set('b', '2').set('c', '1', 'two').set('d', '1');
    const resumed = await polled(later, { since });
    expect(later.questions.items).toEqual([]);
    expect(resumed.poller.checkpoint()).toEqual(since);
    expect(await resumed.next()).toEqual(['deleted a', 'modified b', 'modified c recreated', 'created d']);
    expect(later.questions.last?.mark).toBe('after 1');
    expect(await resumed.next()).toEqual([]);
    expect(await (await polled(later, { since: resumed.poller.checkpoint() })).next()).toEqual([]);
    expect(later.questions.last?.mark).toBe('after 2');
  });

  it('P4: a checkpoint that is taken during a call has none of its changes, however many there are', async () => {
    const source = new FakeSource().set('changed', '1').set('gone', '1').set('kept', '1');
    const { poller } = await polled(source);
    const { known } = decodePollState(poller.checkpoint(), source.url);
    source.entries.delete('gone');
    source.set('changed', '2');
    for (let index = 0; index < 12_000; index += 1) source.set(`new ${index}`, '1');
    let isOver = false;
    const events = poller.getNewEvents().finally(() => {
      isOver = true;
    });
    let turns = 0;
    for (; !isOver; await nextTurn()) {
      expect(decodePollState(poller.checkpoint(), source.url).known).toEqual(known);
      turns += 1;
    }
    expect(turns).toBeGreaterThan(3);
    expect(await events).toHaveLength(12_002);
    expect(decodePollState(poller.checkpoint(), source.url).known.size).toBe(12_002);
  });

  it('P4: a checkpoint of another URL, or damaged, is refused', async () => {
    const { poller } = await polled(new FakeSource().set('a', '1'));
    const bytes = poller.checkpoint();
    const refused = async (since: Uint8Array, url?: string): Promise<unknown> => {
      const source = new FakeSource(url);
      const error = await rejectionOf(pollSource(source, { since }));
      expect(error).toBeInstanceOf(InvalidCheckpointError);
      expect(source.isClosed).toBe(true);
      return error;
    };
    expect(await refused(bytes, 'fake://host/other')).toMatchObject({
      message: expect.stringContaining('of fake://host/place, not of fake://host/other'),
    });
    for (let index = 0; index < bytes.length; index += 1) {
      const damaged = Buffer.from(bytes);
      damaged[index] = (damaged[index] as number) ^ 1;
      await refused(damaged);
    }
    await refused(bytes.subarray(0, -1));
    await refused(Buffer.alloc(0));
  });

  it('closes the source when it cannot be made', async () => {
    const source = new FakeSource();
    source.openError = new Error('no route');
    const error = await rejectionOf(pollSource(source));
    expect(error).toMatchObject({ code: 'POLL_FAILED', message: expect.stringContaining('no route') });
    expect(source.isClosed).toBe(true);
  });

  it('rejects calls after close(), and those in flight', async () => {
    const { source, poller } = await polled();
    source.gate = new Promise(() => {});
    const calls = [1, 2].map(() => rejectionOf(poller.getNewEvents()));
    await source.questions.untilCount(2);
    await poller.close();
    await poller.close();
    for (const call of [...calls, rejectionOf(poller.getNewEvents())])
      expect(await call).toBeInstanceOf(WatchStoppedError);
    expect(source.isClosed).toBe(true);
    expect(poller.checkpoint().length).toBeGreaterThan(0);
  });

  it('closes when its signal aborts, and is not made when that has aborted', async () => {
    const closing = new AbortController();
    const { source, poller } = await polled(new FakeSource(), { signal: closing.signal });
    closing.abort('over');
    expect(await rejectionOf(poller.getNewEvents())).toBe('over');
    expect(source.isClosed).toBe(true);
    const late = new FakeSource();
    expect(await rejectionOf(pollSource(late, { signal: closing.signal }))).toBe('over');
    expect(late.isClosed).toBe(true);
  });

  it('lets go of its signal when it is closed: one of a whole program would keep all that it knows', async () => {
    const { signal } = new AbortController();
    const { poller } = await polled(new FakeSource(), { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await poller.close();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('shows in a log only its URL, its kind and whether it is recursive', async () => {
    const { poller } = await polled(new FakeSource().set('a', '1'), { recurse: true });
    expect(inspect(poller)).toBe("SourcePoller { url: 'fake://host/place', recurse: true }");
    expect(poller.kind).toBe('fake');
  });
});
