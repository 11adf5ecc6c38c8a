import { describe, expect, it } from 'vitest';
import { serverWatchViolations } from './server-watches.js';

const messages = (...args: Parameters<typeof serverWatchViolations>) =>
  serverWatchViolations(...args).map(({ message }) => message);

describe('the rule about server watches', () => {
  it('is kept by one watch for each that is needed, whatever is tolerated', () => {
    expect(messages({ held: ['data /a', 'data /b'], needed: ['data /b', 'data /a'] })).toEqual([]);
    expect(messages({ held: ['data /a'], needed: ['data /a'], tolerated: ['data /a', 'data /b'] })).toEqual([]);
    expect(messages({ held: ['data /b'], needed: [], tolerated: ['data /b'] })).toEqual([]);
  });

  it('is broken by a second watch, by a needless one and by a missing one', () => {
    expect(messages({ held: ['data /a', 'data /a', 'data /b'], needed: ['data /a', 'data /c'] })).toEqual([
      'the server holds 2 watches "data /a", and 1 are needed',
      'the server holds 1 watches "data /b", and 0 are needed',
      'the server holds 0 watches "data /c", and 1 are needed',
    ]);
  });

  it('is broken by a second watch where one is tolerated', () => {
    expect(messages({ held: ['data /a', 'data /a'], needed: [], tolerated: ['data /a'] })).toHaveLength(1);
  });

  it('counts watches that servers report by number alone', () => {
    expect(messages({ held: ['of children', 'of children'], needed: ['of children', 'of children'] })).toEqual([]);
    expect(messages({ held: ['of children'], needed: ['of children', 'of children'] })).toHaveLength(1);
  });
});
