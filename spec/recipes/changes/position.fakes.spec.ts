import { describe, expect, it } from 'vitest';
import { Position } from '../../../recipes/changes/index.js';

describe('a position', () => {
  it('never goes back within an epoch', () => {
    const position = new Position(5n, 1);
    position.moveTo(7n, 1);
    position.moveTo(6n, 1);
    expect(position.zxid).toBe(7n);
  });

  it('starts again in another epoch', () => {
    const position = new Position(7n, 1);
    position.moveTo(3n, 2);
    expect(position.zxid).toBe(3n);
    position.moveTo(2n, 2);
    expect(position.zxid).toBe(3n);
  });

  it('goes on with a client that has no epoch', () => {
    const position = new Position();
    position.moveTo(3n, undefined);
    position.moveTo(2n, undefined);
    expect(position.zxid).toBe(3n);
  });
});
