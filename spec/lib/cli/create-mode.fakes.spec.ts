import { describe, expect, it } from 'vitest';
import { MODE_OPTIONS, toMode } from '../../../lib/cli/create-mode.js';
import { parse } from '../../../lib/cli/parse.js';

describe('the kind of znode that create makes', () => {
  it.each<[string[], string]>([
    [[], 'persistent'],
    [['-e'], 'ephemeral'],
    [['-s'], 'persistent-sequential'],
    [['-es'], 'ephemeral-sequential'],
    [['--ephemeral', '--sequential'], 'ephemeral-sequential'],
    [['-c'], 'container'],
    [['-m', 'container'], 'container'],
  ])('is that of the options: %j', (args, mode) => {
    expect(toMode(parse(args, MODE_OPTIONS).values)).toBe(mode);
  });
});
