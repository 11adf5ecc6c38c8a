import { describe, expect, it } from 'vitest';
import { type ChangeFilter, InvalidArgumentError, type Stat } from '../../../index.js';
import { Change, CompiledFilter, compileFilters } from '../../../recipes/changes/index.js';
import { nodeWith } from '../../support/tree-nodes.js';

const created = (path: string, stat: Partial<Stat> = {}): Change => {
  const now = nodeWith(path, stat);
  return new Change({ type: 'created', path, before: null, now, recreated: false }, now.stat.czxid);
};
const modified = (path: string, stat: Partial<Stat> = {}): Change => {
  const now = nodeWith(path, stat);
  return new Change({ type: 'modified', path, before: nodeWith(path), now, recreated: false }, now.stat.mzxid);
};
const deleted = (path: string, stat: Partial<Stat> = {}, zxid = 9n): Change =>
  new Change({ type: 'deleted', path, before: nodeWith(path, stat), now: null, recreated: false }, zxid);

const matches = (filter: ChangeFilter, change: Change): boolean => new CompiledFilter('filter', filter).matches(change);

describe('a change filter', () => {
  it.for([
    ['/', '/', true],
    ['/', '/a', false],
    ['/a', '/a', true],
    ['/a', '/ab', false],
    ['/a', '/a/b', false],
    ['/*', '/', false],
    ['/*', '/a', true],
    ['/*', '/a/b', false],
    ['/a/*', '/a', false],
    ['/a/*', '/a/b', true],
    ['/a/*', '/a/b/c', false],
    ['/a/*/c', '/a/b/c', true],
    ['/a/*/c', '/a/c', false],
    ['/**', '/', true],
    ['/**', '/a/b/c', true],
    ['/a/**', '/a', true],
    ['/a/**', '/a/b/c', true],
    ['/a/**', '/ab', false],
    ['/**/c', '/c', true],
    ['/**/c', '/a/b/c', true],
    ['/**/c', '/a/b/c/d', false],
    ['/a/**/c/*', '/a/c/c/d', true],
    ['/a/**/c/*', '/a/b/c/d/c/e', true],
    ['/a/**/c/*', '/a/b/d', false],
    ['/**/**/b', '/a/b', true],
    ['/job-*', '/job-0000000001', true],
    ['/job-*', '/job', false],
    ['/*-job', '/a-job', true],
    ['/*b*', '/abc', true],
    ['/*b*', '/ac', false],
    ['/a.c', '/abc', false],
    ['/(a|b)+', '/a', false],
  ] as const)('%s of %s is %s', ([path, of, is]) => {
    expect(matches({ path }, created(of))).toBe(is);
  });

  it('takes any of several patterns', () => {
    const filter = { path: ['/a', '/b/*'] };
    expect([matches(filter, created('/a')), matches(filter, created('/b/c')), matches(filter, created('/b'))]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('compares within a time that is no more than the product of the lengths', () => {
    const names = Array.from({ length: 200 }, () => 'a').join('/');
    const started = performance.now();
    expect(matches({ path: `/${'**/a/'.repeat(60)}b` }, created(`/${names}`))).toBe(false);
    expect(matches({ path: `/${'*a'.repeat(60)}b` }, created(`/${'a'.repeat(2_000)}`))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('takes one type or any of several', () => {
    expect(matches({ type: 'created' }, created('/a'))).toBe(true);
    expect(matches({ type: 'created' }, modified('/a'))).toBe(false);
    expect(matches({ type: ['modified', 'deleted'] }, deleted('/a'))).toBe(true);
    expect(matches({ type: [] }, deleted('/a'))).toBe(false);
  });

  it('takes what is ephemeral or what is not, and of a deleted znode what it was', () => {
    const owned = { ephemeralOwner: 7n };
    expect([matches({ ephemeral: true }, created('/a', owned)), matches({ ephemeral: true }, created('/a'))]).toEqual([
      true,
      false,
    ]);
    expect(matches({ ephemeral: true }, deleted('/a', owned))).toBe(true);
    expect(matches({ ephemeral: false }, deleted('/a', owned))).toBe(false);
    const resumed = { type: 'deleted', path: '/a', before: null, now: null, recreated: false } as const;
    expect(matches({ ephemeral: true }, new Change(resumed, 9n, true))).toBe(true);
    expect(matches({ ephemeral: true }, new Change(resumed, 9n))).toBe(false);
  });

  it('takes a sequential znode by its prefix, with the digits of the server', () => {
    const filter = { sequential: 'job-' };
    expect(matches(filter, created('/q/job-0000000012'))).toBe(true);
    expect(matches(filter, created('/q/job--2147483647'))).toBe(true);
    expect(matches(filter, created('/q/job-12'))).toBe(false);
    expect(matches(filter, created('/q/job-x-0000000012'))).toBe(false);
    expect(matches({ sequential: '' }, created('/q/0000000012'))).toBe(true);
  });

  it('takes what has changed after a zxid, although it was created before', () => {
    expect(matches({ after: 5n }, created('/a', { czxid: 4n, mzxid: 6n }))).toBe(true);
    expect(matches({ after: 5n }, created('/a', { czxid: 4n, mzxid: 5n }))).toBe(false);
    expect(matches({ after: 5n }, modified('/a', { czxid: 4n, mzxid: 6n }))).toBe(true);
    expect(matches({ after: 5n }, deleted('/a', {}, 5n))).toBe(false);
    expect(matches({ after: 5n }, deleted('/a', {}, 6n))).toBe(true);
  });

  it('takes what all of its properties select', () => {
    const filter: ChangeFilter = { path: '/a/*', type: 'created', ephemeral: true };
    expect(matches(filter, created('/a/b', { ephemeralOwner: 7n }))).toBe(true);
    expect(matches(filter, created('/a/b'))).toBe(false);
    expect(matches(filter, created('/b', { ephemeralOwner: 7n }))).toBe(false);
    expect(matches({}, deleted('/b'))).toBe(true);
  });

  it('is equal to one with the same properties in another order, as one value or as a list of one', () => {
    const keyOf = (filter: ChangeFilter): string => new CompiledFilter('filter', filter).key;
    expect(keyOf({ path: '/a', type: ['created', 'deleted'] })).toBe(
      keyOf({ type: ['deleted', 'created'], path: ['/a'] }),
    );
    expect(keyOf({})).not.toBe(keyOf({ after: 0n }));
    expect(keyOf({ ephemeral: false })).not.toBe(keyOf({}));
    expect(keyOf({ path: [] })).not.toBe(keyOf({}));
  });

  it('does not change with the object that it was made of', () => {
    const path = ['/a'];
    const filter = new CompiledFilter('filter', { path });
    path[0] = '/b';
    expect(filter.matches(created('/a'))).toBe(true);
  });

  it('is made of nothing for null, of one, or of several', () => {
    expect(compileFilters('filters', null).map(({ key }) => key)).toEqual([new CompiledFilter('', {}).key]);
    expect(compileFilters('filters', { path: '/a' })).toHaveLength(1);
    expect(compileFilters('filters', [])).toHaveLength(0);
    expect(compileFilters('filters', [{ path: '/a' }, { path: '/b' }])).toHaveLength(2);
  });

  it.for([
    [undefined, 'filters must be an object, but is undefined'],
    ['/a', 'filters must be an object, but is a string of length 2'],
    [[null], 'filters[0] must be an object, but is null'],
    [{ paht: '/a' }, 'filters must be made of path, type, ephemeral, sequential, after, but has "paht"'],
    [[{}, { paths: '/a' }], 'filters[1] must be made of path, type, ephemeral, sequential, after, but has "paths"'],
    [{ path: 7 }, 'filters.path must be a pattern of paths, but is a number'],
    [{ path: ['/a', 'b/*'] }, 'filters.path must be a pattern of paths, but "b/*" must start with "/"'],
    [{ path: '/a//b' }, 'filters.path must be a pattern of paths, but "/a//b" has an empty name in it ("//")'],
    [{ type: 'create' }, 'filters.type must be one of created, modified, deleted, but is "create"'],
    [{ ephemeral: 'yes' }, 'filters.ephemeral must be true or false, but is a string of length 3'],
    [{ sequential: 7 }, 'filters.sequential must be the prefix of a name, but is a number'],
    [{ sequential: '/job-' }, 'filters.sequential must be the prefix of a name, but has a "/"'],
    [{ after: 5 }, 'filters.after must be a bigint, but is 5'],
  ] as const)('refuses %j', ([filters, message]) => {
    expect(() => compileFilters('filters', filters)).toThrow(InvalidArgumentError);
    expect(() => compileFilters('filters', filters)).toThrow(message);
  });
});
