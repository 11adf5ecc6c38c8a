import { describe, expect, it } from 'vitest';
import { checkCircles } from '../../scripts/house/circles.js';
import { describeAll, graphWith } from './planted.js';

describe('circles of imports', () => {
  it('are not found where there are none', () => {
    expect(checkCircles(graphWith())).toEqual([]);
  });

  it('are found by types alone', () => {
    const graph = graphWith({ 'lib/core/errors.ts': ['./logger.js'] });
    expect(describeAll(checkCircles(graph))).toEqual([
      'lib/core/errors.ts: lib/core/errors.ts → lib/core/logger.ts → lib/core/errors.ts',
    ]);
  });

  it('are found in a file that imports itself', () => {
    const graph = graphWith({ 'lib/core/logger.ts': ['./logger.js'] });
    expect(describeAll(checkCircles(graph))).toEqual(['lib/core/logger.ts: lib/core/logger.ts → lib/core/logger.ts']);
  });

  it('are reported with the shortest way round, and the number of files', () => {
    const graph = graphWith({
      'lib/protocol/a.ts': ['./b.js'],
      'lib/protocol/b.ts': ['./c.js'],
      'lib/protocol/c.ts': ['./a.js', './b.js'],
    });
    expect(describeAll(checkCircles(graph))).toEqual([
      'lib/protocol/b.ts: lib/protocol/b.ts → lib/protocol/c.ts → lib/protocol/b.ts (3 files in all)',
    ]);
  });

  it('are reported one by one', () => {
    const graph = graphWith({
      'lib/protocol/a.ts': ['./b.js'],
      'lib/protocol/b.ts': ['./a.js', './c.js'],
      'lib/protocol/c.ts': ['./d.js'],
      'lib/protocol/d.ts': ['./c.js'],
    });
    expect(checkCircles(graph)).toHaveLength(2);
  });
});
