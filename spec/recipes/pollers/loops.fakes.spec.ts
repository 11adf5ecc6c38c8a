import { describe, expect, it, vi } from 'vitest';
import { PollerError } from '../../../recipes/pollers/index.js';
import { pollSource } from '../../../recipes/pollers/source-poller.js';
import { pass } from '../../../testing/passing-time.js';
import { FakeSource } from '../../support/fake-source.js';
import { rejectionOf } from '../../support/rejection.js';

const NEVER = 2 ** 31 - 1;

async function looping(options: { interval?: number; signal?: AbortSignal } = { interval: NEVER }) {
  const source = new FakeSource();
  const poller = await pollSource(source);
  return { source, poller, loop: poller.events(options) };
}

describe('events() of a poller', () => {
  it('gives lists that are never empty, and asks again after the interval', async () => {
    const { source, loop, poller } = await looping({ interval: 1 });
    const next = loop.next();
    await source.questions.untilCount(5);
    source.set('a', '1');
    expect((await next).value).toMatchObject([{ type: 'created', subject: 'fake://host/place/a' }]);
    await poller.close();
  });

  it('asks again at once when the source pushes, also during a call', async () => {
    const { source, loop, poller } = await looping();
    const next = loop.next();
    await source.questions.untilCount(2);
    source.push();
    await source.questions.untilCount(3);
    let open = (): void => {};
    source.gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    source.push();
    await source.questions.untilCount(4);
    source.push();
    open();
    await source.questions.untilCount(5);
    source.set('a', '1').push();
    expect((await next).value).toHaveLength(1);
    await poller.close();
  });

  it('pauses when pushes lead to nothing again and again, up to a second each time', async () => {
    vi.useFakeTimers();
    try {
      const { source, loop, poller } = await looping();
      const next = loop.next();
      const pushes = setInterval(() => source.push(), 10);
      await pass(5_000);
      const { length } = source.questions.items;
      await pass(5_000);
      expect(source.questions.items.length - length).toBeGreaterThanOrEqual(4);
      expect(source.questions.items.length - length).toBeLessThanOrEqual(10);
      clearInterval(pushes);
      await poller.close();
      expect(await next).toEqual({ done: true, value: undefined });
    } finally {
      vi.useRealTimers();
    }
  });

  it('ends when its signal aborts, and when the poller is closed', async () => {
    const ending = new AbortController();
    const { source, loop, poller } = await looping({ interval: NEVER, signal: ending.signal });
    const other = poller.events();
    const [first, second] = [loop.next(), other.next()];
    await source.questions.untilCount(3);
    ending.abort();
    expect(await first).toEqual({ done: true, value: undefined });
    await poller.close();
    expect(await second).toEqual({ done: true, value: undefined });
    for (const each of [loop, other, poller.events(), poller.events({ signal: AbortSignal.abort() })])
      expect(await each.next()).toEqual({ done: true, value: undefined });
  });

  it('ends by return(), also while it waits', async () => {
    const { source, loop, poller } = await looping();
    const next = loop.next();
    await source.questions.untilCount(2);
    expect(await loop.return?.()).toEqual({ done: true, value: undefined });
    expect(await next).toEqual({ done: true, value: undefined });
    source.set('a', '1');
    expect(await poller.getNewEvents()).toHaveLength(1);
    await poller.close();
  });

  it('throws the failure of a call, and another loop continues after the last list', async () => {
    const { source, loop, poller } = await looping();
    source.set('a', '1');
    source.failures.push(new Error('broken'));
    expect(await rejectionOf(loop.next())).toBeInstanceOf(PollerError);
    expect(await loop.next()).toEqual({ done: true, value: undefined });
    expect((await poller.events().next()).value).toHaveLength(1);
    await poller.close();
  });

  it('answers requests one after the other', async () => {
    const { source, loop, poller } = await looping({ interval: 1 });
    source.set('a', '1');
    const [first, second] = [loop.next(), loop.next()];
    expect((await first).value).toMatchObject([{ subject: 'fake://host/place/a' }]);
    source.set('b', '1');
    expect((await second).value).toMatchObject([{ subject: 'fake://host/place/b' }]);
    await poller.close();
  });
});
