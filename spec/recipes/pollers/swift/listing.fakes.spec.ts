import { beforeEach, describe, expect, it } from 'vitest';
import { FAKE_URLS, FakeSwift } from '../../../../testing/fake-swift.js';
import { nameIn, news, pollFake } from './swift-fixture.js';

let swift: FakeSwift;

beforeEach(() => {
  swift = new FakeSwift();
});

describe('the events of a container', () => {
  it('are what was created, modified and deleted since the call before, with the facts of the listing', async () => {
    for (const name of ['kept', 'changed', 'gone']) swift.put(name);
    const poller = await pollFake(swift);
    expect([poller.kind, poller.url, poller.recurse]).toEqual([
      'swift',
      'swift://alice+demo@swift.example/v3?photos',
      true,
    ]);
    swift.put('new', 'content');
    swift.put('changed', 'other content');
    swift.delete('gone');
    expect(await poller.getNewEvents()).toEqual([
      { subject: 'swift://swift.example/v3?photos&name=gone', type: 'deleted', recreated: false },
      {
        subject: 'swift://swift.example/v3?photos&name=changed',
        type: 'modified',
        recreated: false,
        size: 13,
        modified: new Date('2030-01-01T00:00:00.000Z'),
        etag: expect.stringMatching(/^[\da-f]{32}$/),
      },
      expect.objectContaining({ subject: 'swift://swift.example/v3?photos&name=new', type: 'created', size: 7 }),
    ]);
    expect(await news(poller)).toEqual([]);
  });

  it('have a modified one for the same bytes put again, which change the time alone', async () => {
    swift.put('x', 'same');
    const poller = await pollFake(swift);
    swift.put('x', 'same');
    expect(await news(poller)).toEqual(['modified x']);
  });

  it('have a modified one for another hash at the same time', async () => {
    swift.put('x');
    const poller = await pollFake(swift);
    const [before] = swift.listing.values();
    swift.listing.set('x', { ...before, etag: 'other', bytes: 1, modified: before?.modified ?? '' });
    expect(await news(poller)).toEqual(['modified x']);
  });

  it('are coalesced between two calls', async () => {
    swift.put('there');
    const poller = await pollFake(swift);
    swift.put('brief');
    swift.delete('brief');
    swift.put('new');
    swift.put('new', 'again');
    swift.delete('there');
    swift.put('there', 'again');
    expect(await news(poller)).toEqual(['created new', 'modified there']);
  });

  it('begin with what is there as created, with `initial`', async () => {
    swift.put('x');
    expect(await news(await pollFake(swift, { initial: true }))).toEqual(['created x']);
  });

  it('have the right order and names over all pages, also of odd names', async () => {
    swift.pageSize = 2;
    const names = [
      'ü &name=x?#%',
      'a/../b',
      '..',
      '.',
      '%41',
      'a+b',
      ' ',
      '/x//',
      '\u{1f600}',
      '\uffee',
      '"\n',
      '😀x',
      'Z',
    ];
    const poller = await pollFake(swift);
    for (const name of names) swift.put(name);
    const events = await poller.getNewEvents();
    expect(events.map(({ subject }) => nameIn(subject))).toEqual([...names].sort());
    for (const { subject } of events) expect(new URL(subject).searchParams.get('name')).toBe(nameIn(subject));
    for (const name of names) swift.delete(name);
    expect(await news(poller)).toEqual(
      [...names]
        .sort()
        .reverse()
        .map((name) => `deleted ${name}`),
    );
  });

  it('are those below the prefix', async () => {
    const poller = await pollFake(swift, {}, `${FAKE_URLS[3]}&prefix=%C3%BC/`);
    for (const name of ['x', 'ü', 'ü/', 'ü/x', 'üx']) swift.put(name);
    expect(await news(poller)).toEqual(['created ü/', 'created ü/x']);
  });

  it('leave out what `ignore` names, which is asked for by no HEAD', async () => {
    swift.put('known.tmp');
    const ignore = (subject: string): boolean => nameIn(subject).endsWith('.tmp');
    const before = await pollFake(swift);
    const poller = await pollFake(swift, { ignore, since: before.checkpoint() });
    swift.delete('known.tmp');
    for (const name of ['x', 'x.tmp']) swift.put(name);
    expect(await news(poller)).toEqual(['created x']);
    expect(swift.count('head')).toBe(1);
  });
});

describe('a checkpoint', () => {
  it('resumes exactly, in another process too', async () => {
    for (const name of ['kept', 'changed', 'gone']) swift.put(name);
    const first = await pollFake(swift);
    const since = Uint8Array.from(first.checkpoint());
    await first.close();
    swift.put('changed', 'other');
    swift.put('new');
    swift.delete('gone');
    const second = await pollFake(swift, { since });
    expect(await news(second)).toEqual(['deleted gone', 'modified changed', 'created new']);
    const third = await pollFake(swift, { since: second.checkpoint() });
    expect(await news(third)).toEqual([]);
  });
});
