import { beforeEach, describe, expect, it } from 'vitest';
import { FakeSwift } from '../../../../testing/fake-swift.js';
import { news, pollFake } from './swift-fixture.js';

let swift: FakeSwift;

beforeEach(() => {
  swift = new FakeSwift();
});

describe('a listing that lags behind its objects', () => {
  it('has a new object reported once it is listed', async () => {
    const poller = await pollFake(swift);
    swift.put('x');
    const [listed] = swift.listing.values();
    swift.listing.clear();
    expect(await news(poller)).toEqual([]);
    if (listed) swift.listing.set('x', listed);
    expect(await news(poller)).toEqual(['created x']);
  });

  it('has no object reported as deleted that a HEAD still finds, nor as created when it is listed again', async () => {
    swift.put('x');
    const poller = await pollFake(swift);
    const listing = [...swift.listing];
    swift.listing.clear();
    expect(await news(poller)).toEqual([]);
    for (const [name, object] of listing) swift.listing.set(name, object);
    expect(await news(poller)).toEqual([]);
    expect(swift.count('head')).toBe(1);
  });

  it('has an object found by each answer of success, not by that of 200 alone', async () => {
    swift.put('x');
    const poller = await pollFake(swift);
    swift.listing.clear();
    swift.answer = ({ method }) => (method === 'HEAD' ? new Response(null, { status: 204 }) : null);
    expect(await news(poller)).toEqual([]);
  });

  it('has no object reported as created that a HEAD does not find, however long it is listed', async () => {
    const poller = await pollFake(swift);
    swift.put('x');
    swift.objects.delete('x');
    expect(await news(poller)).toEqual([]);
    expect(await news(poller)).toEqual([]);
    swift.put('x', 'again');
    expect(await news(poller)).toEqual(['created x']);
  });

  it('has a deletion reported once, also when a replica lists the object again', async () => {
    swift.put('x');
    const poller = await pollFake(swift);
    const listing = [...swift.listing];
    swift.delete('x');
    expect(await news(poller)).toEqual(['deleted x']);
    for (const [name, object] of listing) swift.listing.set(name, object);
    expect(await news(poller)).toEqual([]);
    swift.listing.clear();
    expect(await news(poller)).toEqual([]);
  });

  it('has a modification reported once, also when a replica lists the old object again', async () => {
    swift.put('x', 'old');
    const poller = await pollFake(swift);
    const old = [...swift.listing];
    swift.put('x', 'new');
    const recent = [...swift.listing];
    const reported: string[] = [];
    for (const listing of [recent, old, recent, old]) {
      for (const [name, object] of listing) swift.listing.set(name, object);
      reported.push(...(await news(poller)));
    }
    expect(reported).toEqual(['modified x']);
  });

  it('has an object reported that is truly an older one, restored perhaps', async () => {
    swift.put('x', 'old');
    const [listing, objects] = [[...swift.listing], [...swift.objects]];
    swift.put('x', 'new');
    const poller = await pollFake(swift);
    for (const [name, object] of listing) swift.listing.set(name, object);
    for (const [name, object] of objects) swift.objects.set(name, object);
    expect(await news(poller)).toEqual(['modified x']);
    expect(await news(poller)).toEqual([]);
  });

  it('asks all replicas of an object for the newest', async () => {
    const poller = await pollFake(swift);
    swift.put('x');
    await news(poller);
    const heads = swift.requests.items.filter(({ url }) => url.pathname.endsWith('/photos/x'));
    expect(heads.map(({ method, headers }) => [method, headers.get('x-newest')])).toEqual([['HEAD', 'true']]);
  });
});
