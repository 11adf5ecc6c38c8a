import dns from 'node:dns';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Asker, NameResolver } from '../../../../lib/zookeeper/session/name-resolver.js';
import { FakeLookup } from '../../../../testing/fake-lookup.js';

/** One that keeps its answers as text. */
class RecordingAsker implements Asker {
  isStranded = false;
  readonly answers: string[] = [];

  answered(name: string, error: Error | null, addresses: readonly string[]): void {
    this.answers.push(`${name}: ${error?.message ?? addresses.join()}`);
  }
}

describe('NameResolver', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('gives every address of a name to all who asked, by one look-up', () => {
    const lookup = new FakeLookup();
    const [one, other] = [new RecordingAsker(), new RecordingAsker()];
    lookup.resolver.ask('a', one);
    lookup.resolver.ask('a', other);
    lookup.resolver.ask('a', one);
    expect(lookup.names).toEqual(['a']);
    lookup.answer('a', '10.0.0.1', '10.0.0.2');
    expect([one.answers, other.answers]).toEqual([['a: 10.0.0.1,10.0.0.2'], ['a: 10.0.0.1,10.0.0.2']]);
  });

  it('looks a name up again only when the look-up before was answered, whoever has forgotten it meanwhile', () => {
    const lookup = new FakeLookup();
    const [one, other] = [new RecordingAsker(), new RecordingAsker()];
    for (let nth = 0; nth < 10; nth += 1) {
      lookup.resolver.ask('a', one);
      lookup.resolver.forget(one);
    }
    lookup.resolver.ask('a', other);
    expect(lookup.names).toEqual(['a']);
    lookup.answer('a', '10.0.0.1');
    expect([one.answers, other.answers]).toEqual([[], ['a: 10.0.0.1']]);
    lookup.resolver.ask('a', one);
    expect(lookup.names).toEqual(['a', 'a']);
  });

  it('looks names up one after the other, and never one that nobody waits for any more', () => {
    const lookup = new FakeLookup();
    const [one, other] = [new RecordingAsker(), new RecordingAsker()];
    for (const name of ['a', 'b', 'c']) lookup.resolver.ask(name, name === 'b' ? other : one);
    lookup.resolver.forget(other);
    expect(lookup.names).toEqual(['a']);
    lookup.answer('a', '10.0.0.1');
    expect(lookup.names).toEqual(['a', 'c']);
    lookup.answer('c', '10.0.0.3');
    expect(one.answers).toEqual(['a: 10.0.0.1', 'c: 10.0.0.3']);
    expect(lookup.mostAtOnce).toBe(1);
  });

  it('makes one more beside an overdue look-up, for one who knows no address at all, and not a third', async () => {
    const lookup = new FakeLookup();
    const asker = new RecordingAsker();
    for (const name of ['a', 'b', 'c']) lookup.resolver.ask(name, asker);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lookup.names).toEqual(['a']);
    const stranded = Object.assign(new RecordingAsker(), { isStranded: true });
    lookup.resolver.ask('b', stranded);
    lookup.resolver.ask('c', stranded);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lookup.pending).toEqual(['a', 'b']);
    lookup.answer('b', '10.0.0.2');
    expect(lookup.pending).toEqual(['a', 'c']);
    lookup.answer('c', '10.0.0.3');
    expect(stranded.answers).toEqual(['b: 10.0.0.2', 'c: 10.0.0.3']);
  });

  it('waits longer than a resolver takes to ask its next server before a look-up is overdue', async () => {
    const lookup = new FakeLookup();
    const stranded = Object.assign(new RecordingAsker(), { isStranded: true });
    lookup.resolver.ask('a', stranded);
    lookup.resolver.ask('b', stranded);
    await vi.advanceTimersByTimeAsync(5_900);
    expect(lookup.names).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(200);
    expect(lookup.names).toEqual(['a', 'b']);
  });

  it('has no timer when nobody waits', () => {
    const lookup = new FakeLookup();
    const stranded = Object.assign(new RecordingAsker(), { isStranded: true });
    lookup.resolver.ask('a', stranded);
    lookup.resolver.ask('b', stranded);
    expect(vi.getTimerCount()).toBe(1);
    lookup.resolver.forget(stranded);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('passes on an error, an empty answer and an exception as the reason', () => {
    const asker = new RecordingAsker();
    const lookup = new FakeLookup();
    lookup.resolver.ask('a', asker);
    lookup.fail('a');
    lookup.resolver.ask('a', asker);
    lookup.answer('a');
    const throwing = new NameResolver(() => {
      throw new Error('no such thing');
    });
    throwing.ask('a', asker);
    expect(asker.answers).toEqual(['a: getaddrinfo ENOTFOUND a', 'a: the name has no address', 'a: no such thing']);
  });

  it.each<[string, unknown, string]>([
    [
      'several addresses',
      [
        { address: '10.0.0.1', family: 4 },
        { address: '::1', family: 6 },
      ],
      '10.0.0.1,::1',
    ],
    ['one address as a text', '10.0.0.1', '10.0.0.1'],
    ['nothing', undefined, 'the name has no address'],
    ['null', null, 'the name has no address'],
    ['entries without an address', [null, {}, '', 'a.example'], 'the name has no address'],
  ])('takes from a replacement of dns.lookup by the application: %s', (_, given, answer) => {
    const replaced = vi.spyOn(dns, 'lookup').mockImplementation(((...args: unknown[]) => {
      const done = args.at(-1) as (error: null, given: unknown) => void;
      setTimeout(() => done(null, given), 1);
    }) as never);
    const asker = new RecordingAsker();
    new NameResolver().ask('a', asker);
    vi.advanceTimersByTime(1);
    replaced.mockRestore();
    expect(asker.answers).toEqual([`a: ${answer}`]);
  });

  it('ignores a second answer to a look-up', () => {
    const asker = new RecordingAsker();
    const resolver = new NameResolver((_name, done) => {
      done(null, ['10.0.0.1']);
      done(null, ['10.0.0.2']);
    });
    resolver.ask('a', asker);
    expect(asker.answers).toEqual(['a: 10.0.0.1']);
  });
});
