import { describe, expect } from 'vitest';
import { ChildrenWatch, NoNodeError, SessionExpiredError } from '../../../index.js';
import { expireSession } from '../../../testing/session-killer.js';
import { caughtUp } from '../../support/caught-up.js';
import { eventOf } from '../../support/event-of.js';
import { it } from '../../support/fixtures.js';
import { rejectionOf } from '../../support/rejection.js';
import { loopOver, Turnstile } from './iterators/loop.js';
import { expectNothingLeft } from './iterators/on-server.js';

describe('for await over a ChildrenWatch', () => {
  it('gets the children, and those added and removed since the previous turn', async ({ client, other }) => {
    await other.create('/node/b', '', { makePath: true });
    const turnstile = new Turnstile();
    const watch = new ChildrenWatch(client, '/node');
    const { turns } = loopOver(watch, turnstile.wait);
    await turns.untilCount(1);
    await other.create('/node/a');
    await other.create('/node/passing');
    await other.transaction().delete('/node/passing').delete('/node/b').create('/node/c').commit();
    await caughtUp(client);
    turnstile.letThrough();
    await turns.untilCount(2);
    await other.transaction().delete('/node/a').create('/node/a').commit();
    turnstile.letThrough();
    await turns.untilCount(3);
    const event = eventOf('NodeChildrenChanged', '/node');
    expect(turns.items).toStrictEqual([
      { children: ['b'], event: null, added: ['b'], removed: [] },
      { children: ['a', 'c'], event, added: ['a', 'c'], removed: ['b'] },
      { children: ['a', 'c'], event, added: [], removed: [] },
    ]);
  });

  it('gets differences that add up to the list, over repeated cuts', async ({ proxied, proxy, other }) => {
    await other.create('/node');
    const known = new Set<string>();
    const faults: string[] = [];
    const { turns } = loopOver(new ChildrenWatch(proxied, '/node'), ({ children, added, removed }) => {
      for (const child of removed) if (!known.delete(child)) faults.push(`removed ${child}, which was not there`);
      for (const child of added) {
        if (known.has(child)) faults.push(`added ${child}, which was there`);
        known.add(child);
      }
      if (children.join() !== [...known].sort().join()) faults.push(`${children} is not ${[...known]}`);
    });
    await turns.untilCount(1);
    for (let index = 0; index < 40; index += 1) {
      await other.create(`/node/${index}`);
      if (index % 3 === 0) await other.delete(`/node/${index}`);
      if (index % 5 === 0) proxy.cutAfter(index, 'to-client');
    }
    await proxy.pass();
    await other.create('/node/last');
    await turns.until((all) => all.at(-1)?.children.includes('last') === true);
    expect(faults).toEqual([]);
    expect([...known].sort()).toEqual(turns.last?.children);
    expect(known.size).toBe(27);
  });

  it('throws NoNodeError for a missing or deleted znode', async ({ client, other, port, chroot }) => {
    const missing = new ChildrenWatch(client, '/node');
    expect(await rejectionOf(loopOver(missing).end)).toBeInstanceOf(NoNodeError);
    expect(await rejectionOf(missing.ready)).toBeInstanceOf(NoNodeError);
    await other.create('/node');
    const watch = new ChildrenWatch(client, '/node');
    const { turns, end } = loopOver(watch);
    await turns.untilCount(1);
    await other.delete('/node');
    expect(await rejectionOf(end)).toMatchObject({ code: 'NO_NODE', path: '/node' });
    await watch.ready;
    await expectNothingLeft(client, port, chroot);
  });

  it('throws SessionExpiredError with allowSessionLost: false, and continues without', async ({
    client,
    other,
    port,
  }) => {
    await other.create('/node');
    const mortal = loopOver(new ChildrenWatch(client, '/node', { allowSessionLost: false }));
    const { turns } = loopOver(new ChildrenWatch(client, '/node'));
    await Promise.all([mortal.turns.untilCount(1), turns.untilCount(1)]);
    await expireSession(client, port);
    expect(await rejectionOf(mortal.end)).toBeInstanceOf(SessionExpiredError);
    await other.create('/node/a');
    await turns.untilCount(2);
    expect(turns.items.map(({ added }) => added)).toEqual([[], ['a']]);
  });

  it('gets null while the znode is missing, with waitForNode', async ({ client, other }) => {
    const watch = new ChildrenWatch(client, '/node', { waitForNode: true });
    const steps = [
      () => other.transaction().create('/node').create('/node/a').commit(),
      () => other.transaction().delete('/node/a').delete('/node').commit(),
    ];
    const seen: unknown[] = [];
    for await (const { children, added, removed } of watch) {
      seen.push([children, added, removed]);
      const step = steps.shift();
      if (!step) break;
      await step();
    }
    expect(seen).toEqual([
      [null, [], []],
      [['a'], ['a'], []],
      [null, [], ['a']],
    ]);
  });
});
